import { z } from "zod";
import { parseJson } from "../../checkpoint/mod.ts";
import type { Best } from "../../metrics/mod.ts";
import { nothingSelected, type Selection } from "../../train/mod.ts";
import type { Snapshot } from "./tensor_files.ts";

/**
 * Where the steps begin that the next line of metrics is about. The sums are what to take
 * from those since the epoch began: less than 0 if the window began in an earlier epoch.
 */
export interface WindowStart {
  readonly step: number;
  /** Seconds of training before it. */
  readonly seconds: number;
  readonly loss: number;
  readonly correct: number;
}

/** Where an arm stands, besides the values of its variables. */
export interface Progress {
  /** Number of steps done. */
  readonly step: number;
  /** Seconds of training so far. */
  readonly seconds: number;
  readonly windowStart: WindowStart;
  readonly selection: Selection<Best>;
}

/** A point from which an arm can go on exactly. */
export interface ResumePoint extends Progress {
  readonly values: Snapshot;
  /** Values of the model that did best on the validation split, if there was a validation. */
  readonly bestValues: Snapshot | undefined;
}

const selectionSchema: z.ZodType<Selection<Best>> = z.object({
  best: z.object({
    epoch: z.number(),
    step: z.int(),
    validationError: z.number(),
    testError: z.number().nullable(),
  }).nullable(),
  since: z.int().nonnegative(),
});

const schema: z.ZodType<Progress> = z.object({
  step: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
  windowStart: z.object({
    step: z.int(),
    seconds: z.number().optional(), // earlier versions have none
    loss: z.number(),
    correct: z.number(),
  }),
  selection: selectionSchema.default(nothingSelected), // earlier versions have none
}).transform(({ windowStart: { seconds: told, ...start }, ...progress }) => {
  // as if all steps had taken equally long
  const before = told ?? progress.seconds * start.step / Math.max(1, progress.step);
  return { ...progress, windowStart: { ...start, seconds: before } };
});

/** Reads what `JSON.stringify` made of a progress; `undefined` if it is none. */
export function parseProgress(text: string | undefined): Progress | undefined {
  try {
    return schema.safeParse(parseJson(text ?? "")).data;
  } catch {
    return undefined;
  }
}
