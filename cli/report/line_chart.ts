import { linearScale, niceTicks, type Ticks } from "./scale.ts";
import { escapeHtml } from "./escape_html.ts";

/** One point of a curve. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One curve; `color` is its number among the colours of the page, from 1. */
export interface Series {
  readonly name: string;
  readonly color: number;
  readonly points: readonly Point[];
}

/** What a chart shows. */
export interface ChartOptions {
  readonly id: string;
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Decimals of values in the tooltip. */
  readonly decimals: number;
  readonly unit?: string;
  /** Draws a dot at each point. */
  readonly dots?: boolean;
}

const size = { width: 560, height: 320, left: 58, right: 14, top: 14, bottom: 44 };

/** A line chart as SVG in a figure; the page's script adds the crosshair and the tooltip. */
export function lineChart(series: readonly Series[], options: ChartOptions): string {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return "";
  const xTicks = niceTicks(0, Math.max(...points.map(({ x }) => x)), 6);
  const yTicks = niceTicks(
    Math.min(...points.map(({ y }) => y)),
    Math.max(...points.map(({ y }) => y)),
  );
  const xEnd = Math.max(...points.map(({ x }) => x));
  const x = linearScale([0, xEnd], [size.left, size.width - size.right]);
  const y = linearScale(
    [yTicks.values[0]!, yTicks.values.at(-1)!],
    [size.height - size.bottom, size.top],
  );
  const inside = { ...xTicks, values: xTicks.values.filter((value) => value <= xEnd + 1e-9) };
  const body = [
    gridOf(yTicks, y),
    xAxisOf(inside, x, options),
    yTitleOf(options),
    ...series.map((one) => curveOf(one, x, y, options.dots === true)),
    `<line class="cross" y1="${size.top}" y2="${size.height - size.bottom}" hidden></line>`,
  ].join("\n");
  return `<figure class="chart" id="${options.id}" data-chart="${dataOf(series, options, xEnd)}">
<figcaption>${escapeHtml(options.title)}</figcaption>
<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${
    escapeHtml(options.title)
  }">
${body}
</svg>
</figure>`;
}

/** What the script needs to find the nearest points. */
function dataOf(series: readonly Series[], options: ChartOptions, xEnd: number): string {
  return escapeHtml(JSON.stringify({
    left: size.left,
    right: size.width - size.right,
    width: size.width,
    xEnd,
    xLabel: options.xLabel,
    decimals: options.decimals,
    unit: options.unit ?? "",
    series: series.map(({ name, color, points }) => ({
      name,
      color,
      points: points.map((p) => [p.x, p.y]),
    })),
  }));
}

function gridOf({ values, decimals }: Ticks, y: (value: number) => number): string {
  return values.map((value) => {
    const at = y(value).toFixed(1);
    return `<line class="grid" x1="${size.left}" x2="${
      size.width - size.right
    }" y1="${at}" y2="${at}"></line>
<text class="tick" x="${size.left - 8}" y="${at}" dy="0.32em" text-anchor="end">${
      value.toFixed(decimals)
    }</text>`;
  }).join("\n");
}

function xAxisOf(
  { values, decimals }: Ticks,
  x: (value: number) => number,
  { xLabel }: ChartOptions,
): string {
  const bottom = size.height - size.bottom;
  const ticks = values.map((value) =>
    `<text class="tick" x="${x(value).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${
      value.toFixed(decimals)
    }</text>`
  );
  const middle = (size.left + size.width - size.right) / 2;
  return [
    `<line class="axis" x1="${size.left}" x2="${
      size.width - size.right
    }" y1="${bottom}" y2="${bottom}"></line>`,
    ...ticks,
    `<text class="label" x="${middle}" y="${size.height - 6}" text-anchor="middle">${
      escapeHtml(xLabel)
    }</text>`,
  ].join("\n");
}

function yTitleOf({ yLabel }: ChartOptions): string {
  const middle = (size.top + size.height - size.bottom) / 2;
  return `<text class="label" transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle">${
    escapeHtml(yLabel)
  }</text>`;
}

function curveOf(
  { name, color, points }: Series,
  x: (value: number) => number,
  y: (value: number) => number,
  dots: boolean,
): string {
  const at = points.map((p) => `${x(p.x).toFixed(1)},${y(p.y).toFixed(1)}`);
  const circles = dots || points.length === 1
    ? points.map((p) =>
      `<circle cx="${x(p.x).toFixed(1)}" cy="${y(p.y).toFixed(1)}" r="3.5"></circle>`
    )
    : [];
  return `<g class="series s${color}" data-name="${escapeHtml(name)}"><polyline points="${
    at.join(" ")
  }"></polyline>${circles.join("")}</g>`;
}
