import { type Canvas, type Drawing, PANEL_WIDTH, render } from "./canvas.ts";
import type { NetworkLayer, NetworkPanel, NetworkUnits } from "./figure.ts";
import { looks } from "./network_look.ts";

/** Distance of units in a column. */
const STEP = 17;
/** Distance from the sides to the units. */
const MARGIN = 26;
const TOP = 30;
/** Height of a line of names. */
const LINE = 14;
/** Space below the columns, for the numbers of units. */
const BOTTOM = 30;
/** Distance of a column from one that it is not joined to. */
const GAP = 40;
/** Width of a letter of a label, in pixels. */
const LETTER = 6.7;

/** A column of units. */
interface Column {
  readonly x: number;
  readonly units: NetworkUnits;
}

/** A layer of links with its columns. */
interface Placed {
  readonly layer: NetworkLayer;
  readonly left: Column;
  readonly right: Column;
}

/** A point of the drawing. */
interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Draws units as columns of dots, and the links between them. */
export function drawNetwork(panel: NetworkPanel, canvas: Canvas): Drawing {
  const rows = Math.max(1, ...panel.layers.flatMap(({ from, to }) => [rowsOf(from), rowsOf(to)]));
  const placed = place(panel.layers);
  const lines = placed.every((each) => each.layer.label.length * LETTER <= roomOf(each)) ? 1 : 2;
  const top = TOP + (lines - 1) * LINE;
  const height = top + (rows - 1) * STEP + BOTTOM;
  const middle = top + (rows - 1) * STEP / 2;
  return render(canvas, {
    height,
    margin: 0,
    axis: null,
    x: { domain: [0, PANEL_WIDTH], range: [0, PANEL_WIDTH] },
    y: { domain: [0, height], range: [0, height] },
    marks: [
      ...placed.flatMap((each) => linksOf(each, middle, canvas)),
      ...columnsIn(placed).flatMap((column) => unitsOf(column, middle, canvas)),
      ...textsOf(placed, { height, lines }, canvas),
    ],
  }, { title: panel.title, description: describe(panel) });
}

/** Number of rows of a column: its units, and one for those that are not listed. */
function rowsOf({ count, filled }: NetworkUnits): number {
  return filled.length + (count > filled.length ? 1 : 0);
}

function place(layers: readonly NetworkLayer[]): readonly Placed[] {
  const gaps = layers.filter(({ joined }, i) => i > 0 && !joined).length;
  const width = (PANEL_WIDTH - 2 * MARGIN - gaps * GAP) / Math.max(1, layers.length);
  let x = MARGIN;
  return layers.map((layer, i) => {
    if (i > 0 && !layer.joined) x += GAP;
    const left = { x, units: layer.from };
    x += width;
    return { layer, left, right: { x, units: layer.to } };
  });
}

/** The columns; joined ones once. */
function columnsIn(placed: readonly Placed[]): readonly Column[] {
  return placed.flatMap(({ layer, left, right }, i) =>
    i > 0 && layer.joined ? [right] : [left, right]
  );
}

function spotOf({ x, units }: Column, unit: number, middle: number): Spot {
  return { x, y: middle + (unit - (rowsOf(units) - 1) / 2) * STEP };
}

function linksOf({ layer, left, right }: Placed, middle: number, { library, keys }: Canvas) {
  return layer.links.map(({ label, look, pairs }) => {
    const ends = pairs.map(([from, to]) => ({
      from: spotOf(left, from, middle),
      to: spotOf(right, to, middle),
    }));
    const { color, width, opacity, dashes } = looks[look];
    return library.link(ends, {
      x1: ({ from }) => from.x,
      y1: ({ from }) => from.y,
      x2: ({ to }) => to.x,
      y2: ({ to }) => to.y,
      stroke: "currentColor",
      strokeWidth: width,
      strokeOpacity: opacity,
      strokeDasharray: dashes,
      className: `series k${keys.indexOf(label)} ${color}`,
    });
  });
}

function unitsOf(column: Column, middle: number, { library }: Canvas) {
  const { filled, count } = column.units;
  const spots = filled.map((isFilled, unit) => ({ ...spotOf(column, unit, middle), isFilled }));
  const circle = { x: "x", y: "y", r: 4.5, stroke: "currentColor", strokeWidth: 1.5 };
  const rest = count > filled.length ? [spotOf(column, filled.length, middle)] : [];
  return [
    library.dot(spots.filter(({ isFilled }) => isFilled), { ...circle, fill: "currentColor" }),
    library.dot(spots.filter(({ isFilled }) => !isFilled), { ...circle, className: "open" }),
    library.text(rest, { x: "x", y: "y", text: () => "⋮", fontSize: 15, className: "halo" }),
  ];
}

/** Room for the name of a layer. */
function roomOf({ left, right }: Placed): number {
  return right.x - left.x - LETTER;
}

/** Names, in turns in one of the lines, and numbers of units. */
function textsOf(
  placed: readonly Placed[],
  { height, lines }: { readonly height: number; readonly lines: number },
  { library }: Canvas,
) {
  const names = placed.map((each, i) => ({
    x: (each.left.x + each.right.x) / 2,
    y: 12 + (i % lines) * LINE,
    text: shortened(each.layer.label, Math.floor(roomOf(each) * lines / LETTER)),
  }));
  const counts = columnsIn(placed).map(({ x, units }) => ({
    x,
    y: height - 9,
    text: String(units.count),
  }));
  return [library.text([...names, ...counts], { x: "x", y: "y", text: "text" })];
}

/** Keeps the end of a name, which differs most. */
function shortened(name: string, most: number): string {
  return name.length <= most ? name : `…${name.slice(1 - most)}`;
}

function describe({ layers }: NetworkPanel): string {
  return layers.map(({ label, from, to, links }) => {
    const counts = links.map(({ label, total }) => `${label}: ${total}`).join(", ");
    return `${label} connects ${from.count} to ${to.count} units. ${counts}.`;
  }).join(" ");
}
