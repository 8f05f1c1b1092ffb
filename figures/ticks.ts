import type { Axis } from "./figure.ts";

/** Ticks of an axis. */
export interface Ticks {
  readonly values: readonly number[];
  /** Labels of the values; empty where there is no room. */
  readonly labels: readonly string[];
}

/** Lowest and highest value. */
export type Interval = readonly [low: number, high: number];

/** Chooses round numbers in an interval: about `count` of them on a linear axis. */
export function ticksOf(interval: Interval, scale: Axis["scale"], count = 5): Ticks {
  return scale === "log" ? logTicks(interval) : linearTicks(interval, count);
}

/** Chooses whole numbers in an interval, for axes of counts. */
export function wholeTicks([low, high]: Interval, count: number): Ticks {
  const round = linearTicks([low, high], count).values;
  const first = Math.ceil(low);
  const values = round.every(Number.isInteger)
    ? round
    : Array.from({ length: Math.floor(high) - first + 1 }, (_, i) => first + i);
  return { values, labels: values.map(plain) };
}

function linearTicks([low, high]: Interval, count: number): Ticks {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw * 0.999)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const values = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const large = Math.max(Math.abs(low), Math.abs(high)) >= 1e6 || decimals > 5;
  return { values, labels: values.map((v) => large ? exponential(v) : fixed(v, decimals)) };
}

/** Powers of ten, and their multiples by 2 and 5 where there is room. */
function logTicks([low, high]: Interval): Ticks {
  const decades = Math.log10(high / low);
  const factors = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5];
  const every = Math.max(1, Math.ceil(decades / 6));
  const values: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    if (power % every !== 0) continue;
    for (const factor of factors) values.push(Number(`${factor}e${power}`));
  }
  const inside = values.filter((value) => value >= low * 0.9999 && value <= high * 1.0001);
  // a short interval has hardly any power of ten
  if (inside.length < 3) return linearTicks([low, high], 4);
  return { values: inside, labels: inside.map(plain) };
}

/** Formats a number for an axis, without trailing zeros. */
export function plain(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return exponential(value);
  return fixed(value, Math.max(0, Math.min(6, (String(size).split(".")[1] ?? "").length)));
}

function fixed(value: number, decimals: number): string {
  const [whole = "", fraction] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const sign = value < 0 && /[1-9]/.test(whole + (fraction ?? "")) ? "−" : "";
  return `${sign}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

function exponential(value: number): string {
  return value.toExponential().replace(/^(-?\d\.\d\d)\d+/, "$1").replace("e+", "e").replaceAll(
    "-",
    "−",
  );
}

/** Returns an interval with all values and a margin, which is a factor on logarithmic axes. */
export function intervalOf(
  values: readonly number[],
  scale: Axis["scale"],
  room = 0.05,
): Interval {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (!(low <= high)) return scale === "log" ? [0.1, 1] : [0, 1];
  if (scale === "log") {
    const factor = high > low ? (high / low) ** room : 1.5;
    return [low / factor, high * factor];
  }
  const margin = high > low ? (high - low) * room : Math.max(Math.abs(high) * 0.1, 0.01);
  return [low - margin, high + margin];
}
