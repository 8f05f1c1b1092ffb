/** The program `networks.mjs` in Deno, and how results of other runtimes compare. */
import { assertEquals, assertGreater } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import * as gs from "../../mod.ts";
import { assertAllClose } from "../support/close.ts";
import { train } from "./networks.mjs";

/** The losses of all steps and the trained values, by the names of the networks and of these. */
export type Results = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** What the program gives in a runtime. */
export interface Output {
  readonly results: Results;
  /** The description of the backend. */
  readonly description: string;
}

export const STEPS = 5;

/** The results in Deno, with a relaxed multiply-add, which V8 rounds once, and without. */
export interface Expected {
  readonly fused: Results;
  readonly unfused: Results;
}

/** Trains the networks in Deno. */
export async function networksInDeno(): Promise<Expected> {
  const trainWith = async (relaxedSimd: boolean): Promise<Results> => {
    using backend = openCpu({ threads: 1, relaxedSimd });
    return await train(gs, backend, STEPS);
  };
  return { fused: await trainWith(true), unfused: await trainWith(false) };
}

/**
 * Fails unless the results of a CPU backend are those of Deno bit for bit. An engine may round a
 * relaxed multiply-add once, or twice as if there were none; the text that is returned says which.
 */
export function assertSameAsDeno({ results, description }: Output, expected: Expected): string {
  const relaxed = description.includes("relaxed");
  if (relaxed && JSON.stringify(results) === JSON.stringify(expected.fused)) {
    return "bit for bit as Deno";
  }
  assertEquals(results, expected.unfused, description);
  return "bit for bit as Deno without relaxed SIMD";
}

/** Fails unless the results of another device are close to those in Deno. */
export function assertNearDeno({ results, description }: Output, { unfused }: Expected): void {
  let count = 0;
  for (const [network, values] of Object.entries(unfused)) {
    for (const [name, value] of Object.entries(values)) {
      const what = `${name} of ${network} on ${description}`;
      // The tolerance of other tests for sums of hundreds of terms, at values of order one.
      assertAllClose(results[network]![name]!, value, { relative: 1e-4, absolute: 1e-5 }, what);
      count += value.length;
    }
  }
  assertGreater(count, 1000);
}
