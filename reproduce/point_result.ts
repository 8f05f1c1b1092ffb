import { z } from "zod";
import { parseJson } from "../checkpoint/mod.ts";
import { object, strict } from "./schemas.ts";

const number = z.number();
const optional = number.nullish().transform((value) => value ?? null);

/** The schema of the final numbers of a run. */
export const endSchema = object({
  step: number,
  trainLoss: number,
  trainError: number,
  testLoss: optional,
  testError: optional,
  validationError: optional,
  /** Training throughput, without the first log lines, in which the device warms up. */
  imagesPerSecond: number,
  /** Share of the same time in sums over the ranks, waiting included; `null` for one rank. */
  communicationShare: optional,
  /** Number of sign changes of trained skeleton weights, and their smallest absolute value. */
  signChanges: optional,
  smallestPathValue: optional,
});

const resultSchema = strict({
  status: z.enum(["done", "diverged"]),
  /** The reason, if it diverged. */
  message: z.string().nullable(),
  device: z.string(),
  /** Seconds of training. */
  seconds: number,
  /** ISO 8601. */
  finished: z.string(),
  /** `null` if it diverged. */
  end: endSchema.nullable(),
  /** The lowest test error at the end of an epoch. */
  best: strict({ epoch: number, testError: number }).nullable(),
  /** m and H as reported by G-SGD, if it was used. */
  space: strict({ weights: number, scaleNodes: number }).nullable(),
});

/** The final numbers of a run, in the units of `metrics.jsonl`: shares, not percent. */
export type PointEnd = z.infer<typeof endSchema>;

/** The result of one run: the contents of `result.json` in its folder. */
export interface PointResult extends z.infer<typeof resultSchema> {
  /** Difference from its twin, the run from the same function with different weight scales. */
  readonly twin?: TwinDifference | undefined;
}

/** The difference between two runs from the same function. */
export interface TwinDifference {
  /** max |a − b| / max |b| over the values of all basis paths; `null` if a value is not finite. */
  readonly pathDifference: number | null;
  /** Difference of the train losses, relative to the reference. */
  readonly lossDifference: number | null;
}

/** Parses the text of a `result.json`; `undefined` if it is invalid. */
export function parseResult(text: string): PointResult | undefined {
  try {
    return resultSchema.safeParse(parseJson(text)).data;
  } catch {
    return undefined;
  }
}
