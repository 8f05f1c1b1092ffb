import { AssertionError } from "@std/assert";

/** How far an element may be off: |actual − expected| ≤ absolute + relative · |expected|. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

function isClose(actual: number, expected: number, { relative, absolute }: Tolerance): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(actual);
  if (actual === expected) return true;
  return Math.abs(actual - expected) <= absolute + relative * Math.abs(expected);
}

/** Fails, naming the first element that is off, unless all elements are close. */
export function assertAllClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
  what: string,
): void {
  if (actual.length !== expected.length) {
    throw new AssertionError(
      `${what}: ${actual.length} elements instead of ${expected.length}`,
    );
  }
  for (let i = 0; i < expected.length; i++) {
    if (isClose(actual[i]!, expected[i]!, tolerance)) continue;
    throw new AssertionError(
      `${what}: element ${i} is ${actual[i]} instead of ${expected[i]} ` +
        `(relative ${tolerance.relative}, absolute ${tolerance.absolute})`,
    );
  }
}
