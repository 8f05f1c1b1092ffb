import type { LinePanel } from "./figure.ts";
import { plain } from "./ticks.ts";

/** The part of the horizontal axis that may be left out, at its start. */
const START = 0.1;
/** It is left out if all other values take at most this part of the vertical axis. */
const REST = 0.5;
/** Fewest positions on the horizontal axis that must remain. */
const FEWEST = 4;

/**
 * Lets curves begin later if the first tenth of the horizontal axis takes most of the vertical one,
 * as the errors of the first epochs do: the others would be almost flat. The title says so, and the
 * data table has all points. Panels with a logarithmic horizontal axis stay as they are, and those
 * with a curve that would vanish, as that of a run that diverged.
 */
export function withLaterStart(panel: LinePanel): LinePanel {
  const from = laterStart(panel);
  if (from === undefined) return panel;
  const start = plain(Number(from.toPrecision(3)));
  return { ...panel, from, title: `${panel.title}, from ${panel.x.label} ${start}` };
}

function laterStart({ x, y, curves }: LinePanel): number | undefined {
  if (x.scale === "log") return undefined;
  const drawn = curves.map((curve) =>
    curve.points
      .map((point) => ({ x: point.x, y: y.scale === "log" ? Math.log(point.y) : point.y }))
      .filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y))
  );
  const points = drawn.flat();
  const places = [...new Set(points.map((point) => point.x))].toSorted((a, b) => a - b);
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  const start = first + START * (last - first);
  const rest = places.filter((place) => place >= start);
  const from = rest[0];
  if (from === undefined || from === first || rest.length < FEWEST) return undefined;
  const heightOf = (low: number) => {
    const heights = points.filter((point) => point.x >= low).map((point) => point.y);
    const highest = heights.reduce((most, y) => Math.max(most, y), -Infinity);
    return highest - heights.reduce((least, y) => Math.min(least, y), Infinity);
  };
  const isLost = drawn.some((own) => own.length > 0 && own.every((point) => point.x < from));
  if (isLost) return undefined;
  const whole = heightOf(first);
  return whole > 0 && heightOf(from) <= REST * whole ? from : undefined;
}
