/** Ticks of an axis: a whole multiple of 1, 2 or 5 times a power of ten apart. */
export interface Ticks {
  readonly values: readonly number[];
  /** Decimals that tell them apart. */
  readonly decimals: number;
}

/** About `count` round numbers that cover [low, high]. */
export function niceTicks(low: number, high: number, count = 5): Ticks {
  const span = high > low ? high - low : Math.max(Math.abs(high), 1);
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw * 0.999)!;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil((low + span) / step - 1e-9);
  const values = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  return { values, decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

/** A straight line from one interval to another. */
export function linearScale(
  [from0, from1]: readonly [number, number],
  [to0, to1]: readonly [number, number],
): (value: number) => number {
  const slope = from1 === from0 ? 0 : (to1 - to0) / (from1 - from0);
  return (value) => to0 + (value - from0) * slope;
}
