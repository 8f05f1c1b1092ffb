import { horizontalAxis, verticalAxis } from "./axes.ts";
import { axisTitle, type Canvas, classesOf, type Drawing, render, textWidth } from "./canvas.ts";
import type { Distribution, HistogramPanel } from "./figure.ts";
import { intervalOf, ticksOf } from "./ticks.ts";

const HEIGHT = 240;
/** Most histograms that are filled. More of them would mix their colors, so they are outlines. */
const MOST_FILLED = 2;

/** Draws histograms. */
export function drawHistogram(panel: HistogramPanel, canvas: Canvas): Drawing {
  const { library } = canvas;
  const bins = panel.series.flatMap((series) => series.bins);
  const x = intervalOf(bins.flatMap(({ low, high }) => [low, high]), "linear", 0);
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const [xTicks, yTicks] = [ticksOf(x, "linear", 6), ticksOf([0, most], "linear", 4)];
  const left = Math.ceil(Math.max(...yTicks.labels.map((label) => textWidth(label)))) + 14;
  return render(canvas, {
    height: HEIGHT,
    marginLeft: left,
    marginRight: 18,
    marginTop: 30,
    marginBottom: 44,
    x: { domain: [...x] },
    y: { domain: [0, most] },
    marks: [
      ...verticalAxis(library, yTicks, { title: panel.counted, offset: left - 2 }),
      ...horizontalAxis(library, xTicks, { title: axisTitle(panel.x), offset: 38 }),
      ...panel.series.map((series) =>
        panel.series.length > MOST_FILLED
          ? outline(series, canvas)
          : bars(series, canvas, panel.series.length > 1 ? 0.5 : 0.75)
      ),
      library.ruleY([0], { strokeOpacity: 0.6 }),
    ],
  }, { title: panel.title, description: describe(panel) });
}

function bars({ bins, label, arm }: Distribution, canvas: Canvas, fillOpacity: number) {
  return canvas.library.rectY([...bins], {
    x1: "low",
    x2: "high",
    y1: 0,
    y2: "count",
    inset: 0.5,
    fill: "currentColor",
    fillOpacity,
    className: classesOf(canvas, label, arm),
  });
}

/** The outline of all bars, from the axis and back to it. */
function outline({ bins, label, arm }: Distribution, canvas: Canvas) {
  const [first, last] = [bins[0], bins.at(-1)];
  const corners = bins.map(({ low, count }) => ({ x: low, y: count }));
  const points = first && last
    ? [{ x: first.low, y: 0 }, ...corners, { x: last.high, y: last.count }, { x: last.high, y: 0 }]
    : [];
  return canvas.library.lineY(points, {
    x: "x",
    y: "y",
    curve: "step-after",
    stroke: "currentColor",
    strokeWidth: 1.75,
    className: classesOf(canvas, label, arm),
  });
}

function describe({ x, counted, series }: HistogramPanel): string {
  const texts = series.map(({ label, bins }) => {
    const total = bins.reduce((sum, { count }) => sum + count, 0);
    const [first, last] = [bins[0], bins.at(-1)];
    if (!first || !last) return `${label}: none`;
    return `${label}: ${total} between ${first.low.toPrecision(3)} and ${last.high.toPrecision(3)}`;
  });
  return `Histogram of ${counted} by ${axisTitle(x)}. ${texts.join("; ")}.`;
}
