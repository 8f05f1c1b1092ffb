/** Bounds of sums and of other reductions, whatever the order in which terms are combined. */
import { ends, set, UNIT, unknown, widened } from "./interval.ts";

/** Multiples of this are below 2²⁴ steps apart only if they are small: then sums are exact. */
const FINEST_GRID = 2 ** 32;

/** Adds up intervals of floats. */
export class FloatSum {
  #low = 0;
  #high = 0;
  #size = 0;
  #count = 0;
  #isExact = true;
  /** All terms so far are multiples of 1 / grid. */
  #grid = 1;

  /** Adds a term. */
  add(low: number, high: number): void {
    this.#low += low;
    this.#high += high;
    this.#size += Math.max(Math.abs(low), Math.abs(high));
    this.#count++;
    if (!this.#isExact) return;
    if (low !== high) this.#isExact = false;
    while (!Number.isInteger(low * this.#grid) && this.#grid <= FINEST_GRID) this.#grid *= 16;
    this.#isExact = Number.isInteger(low * this.#grid); // small terms may lie between its steps
  }

  /** Adds the product of two intervals. */
  addProduct(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
    if (aLow === aHigh && bLow === bHigh) return this.add(aLow * bLow, aLow * bLow);
    const [p, q, r, t] = [aLow * bLow, aLow * bHigh, aHigh * bLow, aHigh * bHigh];
    this.add(Math.min(p, q, r, t), Math.max(p, q, r, t));
    this.#isExact = false;
  }

  /**
   * Sets the interval of the sum. It is exact if no partial sum, in any order, needs more than
   * 24 bits. Otherwise each of the `count` roundings is at most UNIT of the sum of the terms'
   * sizes [Higham 2002, sec. 4.2]; `roundings` more come with each term.
   */
  finish(roundings = 0): void {
    const isExact = this.#isExact && this.#size * this.#grid <= 2 ** 24;
    const isOnlyTerm = this.#count === 1 && roundings === 0;
    if (isExact || isOnlyTerm) return set(this.#low, this.#high);
    const error = (this.#count + roundings) * 1.01 * UNIT * this.#size;
    if (Number.isNaN(error)) return unknown();
    widened(this.#low - error, this.#high + error, 1);
  }
}

/** The product of intervals of floats, in any order. */
export class FloatProduct {
  #low = 1;
  #high = 1;
  #size = 1;
  #count = 0;
  #isWhole = true;

  /** Multiplies by a factor. */
  add(low: number, high: number): void {
    const [p, q, r, t] = [this.#low * low, this.#low * high, this.#high * low, this.#high * high];
    this.#low = Math.min(p, q, r, t);
    this.#high = Math.max(p, q, r, t);
    this.#size *= Math.max(1, Math.abs(low), Math.abs(high));
    this.#count++;
    this.#isWhole &&= low === high && Number.isInteger(low);
  }

  /** Sets the interval of the product. */
  finish(): void {
    if (this.#isWhole && this.#size <= 2 ** 24) return set(this.#low, this.#high);
    // A partial product may leave the range of floats though the whole one does not.
    if (!(this.#size < 2 ** 100)) return unknown();
    widened(this.#low, this.#high, 1.01 * this.#count);
    set(ends.low - 2 ** -26, ends.high + 2 ** -26);
  }
}
