/**
 * The order of samples: a new permutation for each epoch, cut into batches.
 *
 * The order depends only on the seed, the epoch, and the number of samples, not on the platform, the
 * batch size, or earlier epochs. So a resumed run continues with the same batches.
 * @module
 */
import {
  checkOption,
  checkOptions,
  hostBits,
  oneOf,
  type OptionRules,
  positiveWhole,
  type RandomSequence,
  seedNumber,
  streamOf,
  trueOrFalse,
  wholeIn,
} from "../graph/mod.ts";

/** Options for {@link shuffledOrder}. */
export interface ShuffleOptions {
  /** Number of samples. */
  readonly count: number;
  /** Whole number in [0, 2^32). */
  readonly seed: number;
  /** The epoch, from 0. */
  readonly epoch: number;
}

/** Options for {@link planBatches}. */
export interface BatchOptions extends ShuffleOptions {
  /** Number of samples per batch. */
  readonly batchSize: number;
  /** Whether to shuffle. Otherwise, samples keep the order of the data. */
  readonly shuffle: boolean;
  /** Whether to keep or drop a last batch that is not full. */
  readonly lastBatch: "keep" | "drop";
}

/** Sample indices are i32. */
const MOST_SAMPLES = 2 ** 31 - 1;

const shuffleRules: OptionRules<ShuffleOptions> = {
  count: wholeIn(0, MOST_SAMPLES),
  seed: seedNumber,
  epoch: wholeIn(0, 2 ** 32 - 1),
};
const batchRules: OptionRules<BatchOptions> = {
  ...shuffleRules,
  count: wholeIn(1, MOST_SAMPLES),
  batchSize: wholeIn(1, MOST_SAMPLES),
  shuffle: trueOrFalse,
  lastBatch: oneOf(["keep", "drop"]),
};

/** The batches of one epoch. */
export interface BatchPlan {
  /** Indices of the samples, in order. Batch `b` starts at `b · batchSize`. */
  readonly order: Int32Array;
  /** Number of samples in a full batch. */
  readonly batchSize: number;
  /** Number of batches. The last one may be shorter. */
  readonly batchCount: number;
}

/**
 * The numbers 0 to `count` − 1 in the random order of an epoch.
 *
 * @throws {RangeError} if count, seed, or epoch is out of range
 */
export function shuffledOrder(options: ShuffleOptions): Int32Array {
  checkOptions("order samples", options, shuffleRules);
  const { count, seed, epoch } = options;
  return permutation(count, { seed, stream: streamOf("shuffle"), counter: epoch });
}

/**
 * The numbers 0 to `count` − 1 in a random order: Fisher–Yates from the end, with number `i` of the
 * sequence choosing among the first `i + 1` places as ⌊number · (i + 1) / 2^32⌋. The probability of a
 * place is exact up to a factor of 1 + count / 2^32.
 */
export function permutation(count: number, sequence: RandomSequence): Int32Array<ArrayBuffer> {
  const bits = hostBits(sequence);
  const order = ascending(count);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(bits(i) * (i + 1) / 2 ** 32);
    const moved = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = moved;
  }
  return order;
}

/** The numbers 0 to `count` − 1 in order. */
export function ascending(count: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: count }, (_, index) => index);
}

/**
 * Cuts an epoch into batches.
 *
 * @throws {RangeError} if a number is out of range, or dropping the last batch leaves none
 *
 * @example Ten samples in batches of four
 * ```ts
 * import { batchIndices, planBatches } from "./mod.ts";
 * const options = { count: 10, batchSize: 4, seed: 0, epoch: 0, shuffle: false } as const;
 * const plan = planBatches({ ...options, lastBatch: "keep" });
 * console.assert(plan.batchCount === 3 && batchIndices(plan, 2).join() === "8,9");
 * ```
 */
export function planBatches(options: BatchOptions): BatchPlan {
  checkOptions("plan batches", options, batchRules);
  const { count, batchSize, seed, epoch, shuffle, lastBatch } = options;
  const full = Math.floor(count / batchSize);
  if (lastBatch === "drop" && full === 0) {
    throw new RangeError(
      `Cannot plan batches of ${batchSize} with the last one dropped: the data must fill at least ` +
        `one: current number of samples is ${count}`,
    );
  }
  const order = shuffle ? shuffledOrder({ count, seed, epoch }) : ascending(count);
  return lastBatch === "drop"
    ? { order: order.subarray(0, full * batchSize), batchSize, batchCount: full }
    : { order, batchSize, batchCount: Math.ceil(count / batchSize) };
}

/** The sample indices of a batch. */
export function batchIndices(plan: BatchPlan, batch: number): Int32Array {
  checkOption("choose a batch", { batch }, wholeIn(0, plan.batchCount - 1));
  return plan.order.slice(batch * plan.batchSize, (batch + 1) * plan.batchSize);
}

/**
 * Copies the samples with these indices, in order, to the start of `out`.
 *
 * @throws {RangeError} if `out` is too short
 */
export function gatherRows<T extends Float32Array | Int32Array | Uint8Array | Uint16Array>(
  source: T,
  indices: Int32Array,
  out: T,
  rowSize: number,
): void {
  checkOption("gather rows", { rowSize }, positiveWhole);
  if (indices.length * rowSize > out.length) {
    throw new RangeError(
      `Cannot gather ${indices.length} rows of ${rowSize}: the target must have room for them: ` +
        `current length is ${out.length}`,
    );
  }
  for (let row = 0; row < indices.length; row++) {
    const from = (indices[row] ?? 0) * rowSize;
    const to = row * rowSize;
    for (let i = 0; i < rowSize; i++) out[to + i] = source[from + i] ?? 0;
  }
}
