/** Intervals of integers, booleans and conversions: see `ends` for how rules return. */
import type { Apply, ScalarType } from "../../../graph/mod.ts";
import type { NumberFunction } from "../../../graph/scalar/functions.ts";
import type { Rule } from "./float_rules.ts";
import { rounded, set, unknown } from "./interval.ts";

/** All values of a type: what is known of a value of which nothing is known. */
export const everything: Readonly<Record<ScalarType, readonly [number, number]>> = {
  f32: [NaN, NaN],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  bool: [0, 1],
};

function setEverything(type: ScalarType): void {
  set(...everything[type]);
}

function setIfFits(type: ScalarType, low: number, high: number): void {
  const [least, most] = everything[type];
  if (low >= least && high <= most) set(low, high);
  else setEverything(type);
}

/** A comparison is known where the intervals are apart; equality also where both are exact. */
const comparisons: Partial<Record<Apply["op"], Rule>> = {
  lt: (aLow, aHigh, bLow, bHigh) => decide(aHigh < bLow, aLow >= bHigh),
  le: (aLow, aHigh, bLow, bHigh) => decide(aHigh <= bLow, aLow > bHigh),
  eq: (aLow, aHigh, bLow, bHigh) =>
    decide(aLow === bHigh && aHigh === bLow && aLow === aHigh, aHigh < bLow || bHigh < aLow),
  ne: (aLow, aHigh, bLow, bHigh) =>
    decide(aHigh < bLow || bHigh < aLow, aLow === bHigh && aHigh === bLow && aLow === aHigh),
};

/** A comparison of a value with itself, which only NaN decides otherwise. */
export function selfRule(op: Apply["op"]): Rule | undefined {
  if (!comparisons[op]) return undefined;
  const value = op === "eq" || op === "le" ? 1 : 0;
  return (low, high) => Number.isNaN(low) || Number.isNaN(high) ? set(0, 1) : set(value, value);
}

function decide(isTrue: boolean, isFalse: boolean): void {
  if (isTrue) set(1, 1);
  else if (isFalse) set(0, 0);
  else set(0, 1);
}

/** What is known of integers and booleans that are not exact. */
const inexact: Partial<Record<Apply["op"], (type: ScalarType) => Rule>> = {
  add: (type) => (aLow, aHigh, bLow, bHigh) => setIfFits(type, aLow + bLow, aHigh + bHigh),
  sub: (type) => (aLow, aHigh, bLow, bHigh) => setIfFits(type, aLow - bHigh, aHigh - bLow),
  mul: (type) => (aLow, aHigh, bLow, bHigh) => {
    const corners = [aLow * bLow, aLow * bHigh, aHigh * bLow, aHigh * bHigh];
    setIfFits(type, Math.min(...corners), Math.max(...corners));
  },
  neg: (type) => (low, high) => setIfFits(type, -high, -low),
  min: () => (aLow, aHigh, bLow, bHigh) => set(Math.min(aLow, bLow), Math.min(aHigh, bHigh)),
  max: () => (aLow, aHigh, bLow, bHigh) => set(Math.max(aLow, bLow), Math.max(aHigh, bHigh)),
  and: (type) => (aLow, aHigh, bLow, bHigh) => {
    if (aLow >= 0 && bLow >= 0) set(0, Math.min(aHigh, bHigh));
    else setEverything(type);
  },
  or: (type) => (aLow, _aHigh, bLow) => {
    if (type === "bool" && Math.max(aLow, bLow) === 1) set(1, 1);
    else setEverything(type);
  },
  not: () => (low, high) => set(1 - high, 1 - low),
};

/** The rule of a function that is no float arithmetic. */
export function otherRule(op: Apply["op"], type: ScalarType, exact: NumberFunction): Rule {
  const comparison = comparisons[op];
  if (comparison) return comparison;
  const rest = inexact[op]?.(type) ?? (() => setEverything(type));
  return (aLow, aHigh, bLow, bHigh) => {
    if (aLow !== aHigh || bLow !== bHigh) return rest(aLow, aHigh, bLow, bHigh);
    const value = exact(aLow, bLow);
    set(value, value);
  };
}

/** Casts between types; those that only grow map ends to ends. */
export function castRule(from: ScalarType, to: ScalarType, exact: NumberFunction): Rule {
  if (to === "f32") return (low, high) => rounded(low, high);
  if (to === "bool") {
    return (low, high) => decide(low > 0 || high < 0, low === 0 && high === 0);
  }
  return (low, high) => {
    if (Number.isNaN(low) || Number.isNaN(high)) return setEverything(to);
    const [first, last] = [exact(low, 0), exact(high, 0)];
    if (low === high || from === "f32") set(first, last);
    else setIfFits(to, low, high);
  };
}

/** The bits of a value that is exact; the sign of a zero is not known. */
export function bitcastRule(from: ScalarType, to: ScalarType, exact: NumberFunction): Rule {
  return (low, high) => {
    const isZero = from === "f32" && low === 0;
    if (low !== high || isZero) return to === "f32" ? unknown() : setEverything(to);
    const value = exact(low, 0);
    set(value, value);
  };
}

/** The bits of a float's exponent, of which the sign is no part. */
export function exponentRule(low: number, high: number): void {
  if (Number.isNaN(low) || Number.isNaN(high)) return set(0, EXPONENT);
  const [p, q] = [Math.abs(low), Math.abs(high)];
  const least = low <= 0 && high >= 0 ? 0 : Math.min(p, q);
  set(exponentBits(least), exponentBits(Math.max(p, q)));
}

/** The mask that `isFinite` looks at. */
export const EXPONENT = 0x7f800000;

const view = new DataView(new ArrayBuffer(4));

function exponentBits(value: number): number {
  view.setFloat32(0, value);
  return view.getUint32(0) & EXPONENT;
}
