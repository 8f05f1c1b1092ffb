import { horizontalAxis } from "./axes.ts";
import {
  axisTitle,
  type Canvas,
  classesOf,
  type Drawing,
  PANEL_WIDTH,
  render,
  textWidth,
} from "./canvas.ts";
import type { Bar, BarPanel } from "./figure.ts";
import { plain, ticksOf } from "./ticks.ts";

const ROW = 24;

/** One line of the panel: a bar, or the heading of a group. */
interface BarRow {
  readonly key: string;
  readonly text: string;
  readonly bar?: Bar;
}

/** Draws horizontal bars with error bars and their values. */
export function drawBars(panel: BarPanel, canvas: Canvas): Drawing {
  const bars = panel.bars.filter(({ value }) => Number.isFinite(value));
  const rows = rowsOf(bars);
  const ends = bars.flatMap(({ value, high = value }) => [value, high]);
  const high = Math.max(...ends, 0) || 1;
  const domain = [Math.min(0, ...bars.map(({ value, low = value }) => low)), high * 1.02] as const;
  const values = bars.map(valueText);
  const left = Math.min(150, Math.max(...rows.map(({ text }) => textWidth(text)), 0)) + 14;
  return render(canvas, {
    width: PANEL_WIDTH,
    height: 46 + rows.length * ROW,
    marginLeft: left,
    marginRight: Math.max(...values.map((text) => textWidth(text)), 0) + 14,
    marginTop: 6,
    marginBottom: 40,
    x: { domain: [...domain] },
    y: { type: "band", domain: rows.map(({ key }) => key), padding: 0.22 },
    marks: marksOf(panel, rows, domain, canvas),
  }, { title: panel.title, description: describe(panel, bars) });
}

function marksOf(
  panel: BarPanel,
  rows: readonly BarRow[],
  domain: readonly [number, number],
  canvas: Canvas,
) {
  const { library } = canvas;
  const ticks = ticksOf(domain, "linear", 4);
  const names = new Map(rows.map(({ key, text }) => [key, text]));
  const headings = rows.filter(({ bar }) => !bar);
  return [
    ...horizontalAxis(library, ticks, { title: axisTitle(panel.value), offset: 36 }),
    library.axisY(rows.filter(({ bar }) => bar).map(({ key }) => key), {
      tickSize: 0,
      tickFormat: (key: string) => names.get(key) ?? key,
      label: null,
    }),
    library.text(headings, {
      y: "key",
      text: "text",
      frameAnchor: "left",
      dx: 4,
      dy: 3,
      fontWeight: "600",
    }),
    ...rows.flatMap(({ key, bar }) => bar ? barOf(key, bar, canvas) : []),
    library.ruleX([0], { strokeOpacity: 0.6 }),
  ];
}

function barOf(key: string, bar: Bar, canvas: Canvas) {
  const { library } = canvas;
  const { value, low = value, high = value } = bar;
  const className = classesOf(canvas, bar.label, bar.arm);
  return [
    library.barX([value], {
      x: [value],
      y: [key],
      fill: "currentColor",
      fillOpacity: 0.75,
      className,
    }),
    ...(high > low
      ? [library.ruleY([key], { y: [key], x1: low, x2: high, strokeWidth: 1.5 })]
      : []),
    library.text([value], {
      x: [Math.max(value, high)],
      y: [key],
      text: [valueText(bar)],
      textAnchor: "start",
      dx: 6,
    }),
  ];
}

function rowsOf(bars: readonly Bar[]): readonly BarRow[] {
  const groups = [...new Set(bars.map(({ group }) => group))];
  return groups.flatMap((group, g) => [
    ...(group === "" ? [] : [{ key: `${g}`, text: group }]),
    ...bars.filter((bar) => bar.group === group).map((bar, i) => ({
      key: `${g}.${i}`,
      text: bar.label,
      bar,
    })),
  ]);
}

function valueText({ value }: Bar): string {
  return plain(Number(value.toPrecision(Math.abs(value) >= 1000 ? 4 : 3)));
}

function describe({ value }: BarPanel, bars: readonly Bar[]): string {
  const texts = bars.map((bar) =>
    `${bar.group === "" ? "" : `${bar.group}, `}${bar.label}: ${valueText(bar)}`
  );
  return `${axisTitle(value)}. ${texts.join("; ")}.`;
}
