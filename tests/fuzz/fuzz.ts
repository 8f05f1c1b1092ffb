/** Checks that a reader throws only its own errors for damaged files. */
import { generator } from "../support/random.ts";
import { AllocationMeter } from "./allocations.ts";
import type { Random } from "./mutate.ts";

/** A reader under test. */
export interface Target {
  readonly name: string;
  /** The errors that it may throw. */
  readonly errors: readonly (new (...args: never[]) => Error)[];
  /** A broken file: a function of the random numbers only. */
  make(random: Random): Uint8Array;
  /** Reads it, and looks at all that was read. */
  read(file: Uint8Array): void | Promise<void>;
  /** Bytes that may be allocated for a file of one byte more, and for an empty one. */
  readonly memory: { readonly perByte: number; readonly fixed: number };
}

/** How many files, and which. */
export interface FuzzOptions {
  readonly count: number;
  readonly seed?: number;
}

/** The outcomes. */
export interface FuzzResult {
  readonly accepted: number;
  readonly refused: number;
  /** Different messages, numbers and names aside: how many rules were reached. */
  readonly rules: number;
  /** The most bytes that were allocated for a file. */
  readonly mostBytes: number;
}

/** A file caused an error that is not the reader's own. */
export class FuzzFailure extends Error {
  override readonly name = "FuzzFailure";
}

/**
 * Reads `count` damaged files. File i depends only on the seed and i, so that one can be
 * inspected by itself.
 * @throws {FuzzFailure} with the number of the file, its bytes, and the error
 */
export async function fuzz(target: Target, { count, seed = 1 }: FuzzOptions): Promise<FuzzResult> {
  let [accepted, refused, mostBytes] = [0, 0, 0];
  const rules = new Set<string>();
  using meter = new AllocationMeter();
  for (let i = 0; i < count; i++) {
    const file = target.make(generator(seed * 0x10000 + i));
    const { perByte, fixed } = target.memory;
    meter.begin(fixed + perByte * file.length);
    try {
      const reading = target.read(file);
      if (reading) await reading;
      accepted++;
    } catch (error) {
      refused++;
      rules.add(ruleOf(target, error, { file, number: i, seed }));
    }
    mostBytes = Math.max(mostBytes, meter.end());
  }
  return { accepted, refused, rules: rules.size, mostBytes };
}

/** The message without the parts that differ between files. */
function ruleOf(
  { name, errors }: Target,
  error: unknown,
  place: { readonly file: Uint8Array; readonly number: number; readonly seed: number },
): string {
  if (error instanceof Error && errors.some((kind) => error instanceof kind)) {
    return error.message.replace(/"(?:[^"\\]|\\.)*"|[\d.,+-]+/g, "_").slice(0, 160);
  }
  const { file, number, seed } = place;
  const hex = [...file.subarray(0, 2000)].map((byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  throw new FuzzFailure(`${name}: file ${number} of seed ${seed} ended in ${error}\n${hex}`, {
    cause: error,
  });
}
