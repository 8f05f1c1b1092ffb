/** How each exported function that takes numbers is called, and which odd numbers mean something. */

/** A call that works, to put other numbers into. */
export interface Call {
  /** The arguments, made again for each call. */
  readonly args: () => readonly unknown[];
  /** The object whose method is called. */
  readonly on?: () => object;
  /** Arguments that are data and no options: they are left alone. */
  readonly data?: readonly string[];
  /**
   * What has a meaning, by option: numbers of the list that the walk tries. `name[]` stands for
   * the first item of a list. What is not said here must be refused.
   */
  readonly accepts?: Readonly<Record<string, readonly unknown[]>>;
}

/** Calls by room and name. */
export type Calls = Readonly<Record<string, Call>>;

/** 2^53: the first whole number that its neighbor cannot be told from. */
export const HUGE = 2 ** 53;
/** Sizes and counts that may be empty. */
export const count: readonly unknown[] = [0];
/** Numbers of at least 0. */
export const rate: readonly unknown[] = [0, 1.5, HUGE];
/** Numbers above 0. */
export const positive: readonly unknown[] = [1.5, HUGE];
/** Any finite number. */
export const finite: readonly unknown[] = [0, -1, 1.5, HUGE];
/** Any number: an element of a tensor. */
export const element: readonly unknown[] = [0, -1, 1.5, HUGE, NaN, Infinity, -Infinity];
