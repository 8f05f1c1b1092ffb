import { horizontalAxis } from "./axes.ts";
import { axisTitle, type Canvas, classesOf, type Drawing, render, textWidth } from "./canvas.ts";
import type { Bar, BarPanel } from "./figure.ts";
import { styleOf } from "./series_style.ts";
import { type Interval, intervalOf, plain, ticksOf } from "./ticks.ts";

const ROW = 24;
const CLOSE_ROW = 19;

/** Names wider than this are placed above their bars. */
const WIDEST_NAME = 150;

/** One row of the panel: a bar with its name, a name above its bar, or the heading of a group. */
interface BarRow {
  readonly key: string;
  readonly text: string;
  readonly bar?: Bar;
  readonly isHeading?: boolean;
}

/** Draws bars with error bars, or dots with intervals, and the values on the right. */
export function drawBars(panel: BarPanel, canvas: Canvas): Drawing {
  const bars = panel.bars.filter(({ value }) => Number.isFinite(value));
  const widest = Math.max(...bars.map(({ label }) => textWidth(label)), 0);
  const isAbove = widest > WIDEST_NAME;
  const rows = rowsOf(bars, isAbove);
  const domain = domainOf(panel, bars);
  const values = bars.map(valueText);
  return render(canvas, {
    height: 46 + rows.length * (isAbove ? CLOSE_ROW : ROW),
    marginLeft: isAbove ? 10 : widest + 14,
    marginRight: Math.max(...values.map((text) => textWidth(text)), 0) + 14,
    marginTop: 6,
    marginBottom: 40,
    x: { domain: [...domain] },
    y: { type: "band", domain: rows.map(({ key }) => key), padding: 0.22 },
    marks: marksOf(panel, rows, domain, canvas),
  }, { title: panel.title, description: describe(panel, bars) });
}

/** The range of the value axis. Includes zero, where bars begin. */
function domainOf({ intervals }: BarPanel, bars: readonly Bar[]): Interval {
  const ends = bars.flatMap(({ value, low = value, high = value }) => [low, value, high]);
  if (intervals) return intervalOf([0, ...ends], "linear", 0.06);
  return [Math.min(0, ...ends), (Math.max(...ends, 0) || 1) * 1.02];
}

function marksOf(
  panel: BarPanel,
  rows: readonly BarRow[],
  domain: Interval,
  canvas: Canvas,
) {
  const { library } = canvas;
  const bars = rows.flatMap(({ key, bar }) => bar ? [{ key, bar }] : []);
  const axis = { title: axisTitle(panel.value), offset: 36 };
  const texts = new Map(rows.map(({ key, text }) => [key, text]));
  return [
    ...horizontalAxis(library, ticksOf(domain, "linear", 4), axis),
    library.axisY(bars.map(({ key }) => key), {
      tickSize: 0,
      tickFormat: (key: string) => texts.get(key) ?? "",
      label: null,
    }),
    library.ruleX([0], { strokeOpacity: 0.6 }),
    ...namesOf(rows, canvas),
    ...bars.flatMap(({ key, bar }) => (panel.intervals ? dotOf : barOf)(key, bar, canvas)),
    library.text(bars, {
      x: ({ bar }: { bar: Bar }) => panel.intervals ? domain[1] : endOf(bar),
      y: "key",
      text: ({ bar }: { bar: Bar }) => valueText(bar),
      textAnchor: "start",
      dx: 6,
    }),
  ];
}

/** Headings of groups, and names above their bars. */
function namesOf(rows: readonly BarRow[], { library }: Canvas) {
  const names = rows.filter(({ bar }) => !bar);
  return [true, false].map((isHeading) =>
    library.text(names.filter((row) => (row.isHeading ?? false) === isHeading), {
      y: "key",
      text: "text",
      frameAnchor: "left",
      dx: 4,
      dy: 3,
      fontWeight: isHeading ? "600" : "400",
      className: "halo",
    })
  );
}

const endOf = ({ value, high = value }: Bar) => Math.max(value, high);

function barOf(key: string, bar: Bar, canvas: Canvas) {
  const { library } = canvas;
  const { value, low = value, high = value } = bar;
  const className = classesOf(canvas, bar.label, bar.arm);
  const fill = { fill: "currentColor", fillOpacity: 0.75 };
  return [
    library.barX([value], { x: [value], y: [key], ...fill, className }),
    ...(high > low
      ? [library.ruleY([key], { y: [key], x1: low, x2: high, strokeWidth: 1.5 })]
      : []),
  ];
}

function dotOf(key: string, bar: Bar, canvas: Canvas) {
  const { library } = canvas;
  const { value, low = value, high = value } = bar;
  const className = classesOf(canvas, bar.label, bar.arm);
  const { symbol } = styleOf(canvas.styles, bar.arm);
  const range = { y: [key], x1: low, x2: high, stroke: "currentColor", strokeWidth: 2 };
  return [
    ...(high > low ? [library.ruleY([key], { ...range, className })] : []),
    library.dot([value], { x: [value], y: [key], r: 4, symbol, fill: "currentColor", className }),
  ];
}

function rowsOf(bars: readonly Bar[], isAbove: boolean): readonly BarRow[] {
  const groups = [...new Set(bars.map(({ group }) => group))];
  return groups.flatMap((group, g): readonly BarRow[] => [
    ...(group === "" ? [] : [{ key: `${g}`, text: group, isHeading: true }]),
    ...bars.filter((bar) => bar.group === group).flatMap((bar, i): readonly BarRow[] => {
      const key = `${g}.${i}`;
      if (!isAbove) return [{ key, text: bar.label, bar }];
      return [{ key: `${key} name`, text: bar.label }, { key, text: "", bar }];
    }),
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
