/** Intervals of float functions: see `ends` for how rules return. */
import { erf } from "../../reference/erf.ts";
import { ends, rounded, set, unknown, widened } from "./interval.ts";

/** The ends of both operands; functions of one operand ignore the second. */
export type Rule = (aLow: number, aHigh: number, bLow: number, bHigh: number) => void;

/**
 * Roundings that a function of the math libraries may be off by: both say that they are
 * accurate to about 1e-6.
 */
const LIBRARY = 32;

/** Division and square root of WGSL may be off by some units in the last place. */
const INACCURATE = 8;

function add(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  rounded(aLow + bLow, aHigh + bHigh);
}

function sub(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  rounded(aLow - bHigh, aHigh - bLow);
}

function corners(p: number, q: number, r: number, t: number): readonly [number, number] {
  return [Math.min(p, q, r, t), Math.max(p, q, r, t)];
}

function mul(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  if (aLow === aHigh && bLow === bHigh) return rounded(aLow * bLow, aLow * bLow);
  rounded(...corners(aLow * bLow, aLow * bHigh, aHigh * bLow, aHigh * bHigh));
}

/** x · x is not negative, whatever x. */
export function squareRule(low: number, high: number): void {
  const [p, q] = [low * low, high * high];
  const least = low <= 0 && high >= 0 ? 0 : Math.min(p, q);
  rounded(least, Number.isNaN(p + q) ? NaN : Math.max(p, q));
}

function isPowerOfTwo(x: number): boolean {
  return Number.isInteger(Math.log2(Math.abs(x)));
}

function div(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  if (!(bLow > 0 || bHigh < 0)) return unknown();
  const [low, high] = corners(aLow / bLow, aLow / bHigh, aHigh / bLow, aHigh / bHigh);
  if (bLow === bHigh && isPowerOfTwo(bLow)) rounded(low, high);
  else widened(low, high, INACCURATE);
}

/** The remainder is exact, but jumps. */
function rem(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  if (aLow === aHigh && bLow === bHigh && bLow !== 0) rounded(aLow % bLow, aLow % bLow);
  else unknown();
}

function pow(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  if (!(aLow > 0)) return unknown();
  const [low, high] = corners(aLow ** bLow, aLow ** bHigh, aHigh ** bLow, aHigh ** bHigh);
  const exponent = Math.max(Math.abs(Math.log(low)), Math.abs(Math.log(high)));
  widened(low, high, LIBRARY * (1 + exponent));
}

/** A function that never falls. */
function rising(fn: (x: number) => number, roundings: number): Rule {
  return (low, high) => widened(fn(low), fn(high), roundings);
}

function log(low: number, high: number): void {
  if (low < 0) unknown();
  else widened(Math.log(low), Math.log(high), LIBRARY);
}

function sqrt(low: number, high: number): void {
  if (low < 0) unknown();
  else positive(Math.sqrt(low), Math.sqrt(high), INACCURATE);
}

/** Widened, but not below zero. */
function positive(low: number, high: number, roundings: number): void {
  widened(low, high, roundings);
  set(Math.max(0, ends.low), ends.high);
}

/** Arguments are reduced with an error that grows with them. */
function wave(fn: (x: number) => number): Rule {
  return (low, high) => {
    const middle = (low + high) / 2;
    if (!(Math.abs(middle) < 1000)) return unknown();
    const error = (high - low) / 2 + 4e-6 + Math.abs(middle) * 2 ** -21;
    set(Math.max(-1.00001, fn(middle) - error), Math.min(1.00001, fn(middle) + error));
  };
}

/** In the right half-plane the angle is monotone in both coordinates; elsewhere it may jump. */
function atan2(yLow: number, yHigh: number, xLow: number, xHigh: number): void {
  if (!(xLow > 0) || Number.isNaN(yLow + yHigh + xHigh)) {
    return Number.isNaN(yLow + yHigh + xLow + xHigh) ? unknown() : set(-3.14160, 3.14160);
  }
  const [low, high] = corners(
    Math.atan2(yLow, xLow),
    Math.atan2(yLow, xHigh),
    Math.atan2(yHigh, xLow),
    Math.atan2(yHigh, xHigh),
  );
  widened(low, high, LIBRARY);
}

function toEven(x: number): number {
  const below = Math.floor(x);
  return x - below < 0.5 || (x - below === 0.5 && below % 2 === 0) ? below : below + 1;
}

/** By name in the scalar language. */
export const floatRules: Readonly<Record<string, Rule>> = {
  add,
  sub,
  mul,
  div,
  rem,
  pow,
  log,
  sqrt,
  neg: (low, high) => set(-high, -low),
  abs: (low, high) => {
    const largest = Math.max(Math.abs(low), Math.abs(high));
    set(low <= 0 && high >= 0 ? 0 : Math.min(Math.abs(low), Math.abs(high)), largest);
  },
  min: (aLow, aHigh, bLow, bHigh) => set(Math.min(aLow, bLow), Math.min(aHigh, bHigh)),
  max: (aLow, aHigh, bLow, bHigh) => set(Math.max(aLow, bLow), Math.max(aHigh, bHigh)),
  floor: (low, high) => set(Math.floor(low), Math.floor(high)),
  ceil: (low, high) => set(Math.ceil(low), Math.ceil(high)),
  round: (low, high) => set(toEven(low), toEven(high)),
  log1p: (low, high) => low > -1 ? widened(Math.log1p(low), Math.log1p(high), LIBRARY) : unknown(),
  expm1: rising(Math.expm1, LIBRARY),
  atan2,
  exp: (low, high) => positive(Math.exp(low), Math.exp(high), LIBRARY),
  tanh: rising(Math.tanh, LIBRARY),
  erf: rising(erf, LIBRARY),
  sin: wave(Math.sin),
  cos: wave(Math.cos),
};
