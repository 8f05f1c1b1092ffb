import type { Bar, Figure } from "../../figures/mod.ts";
import { ratioEdges } from "../../optim/mod.ts";
import { thousands } from "../format.ts";
import type { GsgdWindow } from "../../metrics/mod.ts";
import type { RunData } from "./run_data.ts";

/** The ratios by which G-SGD scaled trained skeleton weights; `null` if they were not counted. */
export function ratioFigure(run: RunData): Figure | null {
  const counted = run.arms.flatMap(({ name }) => {
    const windows = run.steps.flatMap(({ arm, gsgd }) => arm === name && gsgd ? [gsgd] : []);
    return windows.length === 0 ? [] : [{ name, windows }];
  });
  if (counted.length === 0) return null;
  return {
    name: "ratios",
    title: "Scaling of trained skeleton weights",
    caption: counted.map(({ name, windows }) => `${name}: ${captionOf(windows)}`).join(" "),
    columns: 1,
    panels: [{
      kind: "bars",
      title: "Ratios v′/v of trained skeleton weights, by distance from 1",
      value: { label: "share of all ratios", unit: "%", scale: "linear" },
      bars: counted.flatMap(({ name, windows }) => barsOf(name, windows)),
    }],
  };
}

function captionOf(windows: readonly GsgdWindow[]): string {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const all = sum(windows.map(({ ratios }) => sum(ratios)));
  const clamped = sum(windows.map((window) => window.clamped));
  return `${thousands(all)} ratios, one for each weight and step; ${
    thousands(clamped)
  } were clamped.`;
}

function barsOf(arm: string, windows: readonly GsgdWindow[]): readonly Bar[] {
  const counts = ratioEdges.map((_, k) =>
    windows.reduce((sum, { ratios }) => sum + (ratios[k] ?? 0), 0)
  );
  const above = windows.reduce((sum, { ratios }) => sum + (ratios[ratioEdges.length] ?? 0), 0);
  const total = [...counts, above].reduce((sum, count) => sum + count, 0);
  return decades().map(({ low, high, bins }) => ({
    group: "",
    label: labelOf(low, high),
    arm,
    value: 100 * bins.reduce((sum, k) => sum + (counts[k] ?? above), 0) / Math.max(1, total),
  }));
}

/** Groups the bins between powers of ten. */
function decades(): readonly { low: number; high: number; bins: readonly number[] }[] {
  const places = ratioEdges.flatMap((edge, k) => {
    const exponent = Math.log10(Math.abs(edge - 1));
    return Math.abs(exponent - Math.round(exponent)) < 1e-6 ? [k] : [];
  });
  return [-1, ...places].map((from, i) => {
    const to = places[i] ?? ratioEdges.length;
    return {
      low: ratioEdges[from] ?? -Infinity,
      high: ratioEdges[to] ?? Infinity,
      // bin k ends at edge k
      bins: Array.from({ length: to - from }, (_, n) => from + 1 + n),
    };
  });
}

function labelOf(low: number, high: number): string {
  const text = (value: number) => String(Number(value.toPrecision(7)));
  if (low === -Infinity) return `below ${text(high)}: sign changed`;
  if (high === Infinity) return `above ${text(low)}`;
  return `${text(low)} to ${text(high)}`;
}
