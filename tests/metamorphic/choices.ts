/** A list of numbers that options are chosen by; behind its end there are zeros. */
export class Choices {
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** A whole number from 0 to `count − 1`; 0 is the simplest choice. */
  below(count: number): number {
    return (this.#numbers[this.#next++] ?? 0) % Math.max(1, count);
  }

  /** One of a list, of which the first is the simplest. */
  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** True for one of two numbers. */
  flag(): boolean {
    return this.below(2) === 1;
  }

  /** Some of the axes below `rank`, ascending. */
  axes(rank: number): number[] {
    const bits = this.below(256);
    return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => (bits >> axis) & 1);
  }
}
