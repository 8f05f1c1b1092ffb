import { z } from "zod";
import { parseJson } from "../../checkpoint/mod.ts";
import type { Best } from "../../metrics/mod.ts";
import type { Selection } from "../../train/mod.ts";
import type { Snapshot } from "./tensor_files.ts";

/**
 * The start of the window of the next metrics line. The sums are subtracted from those since the
 * start of the epoch; they are negative if the window started in an earlier epoch.
 */
export interface WindowStart {
  readonly step: number;
  /** Seconds of training before it. */
  readonly seconds: number;
  readonly loss: number;
  readonly correct: number;
}

/** The progress of an arm, without the values of its variables. */
export interface Progress {
  /** Number of steps done. */
  readonly step: number;
  /** Seconds of training so far. */
  readonly seconds: number;
  readonly windowStart: WindowStart;
  readonly selection: Selection<Best>;
}

/** A point from which an arm resumes exactly. */
export interface ResumePoint extends Progress {
  readonly values: Snapshot;
  /** Values of the model with the lowest validation error, if there was a validation. */
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
    seconds: z.number(),
    loss: z.number(),
    correct: z.number(),
  }),
  selection: selectionSchema,
});

/** Parses the JSON of a progress; `undefined` if it is invalid. */
export function parseProgress(text: string | undefined): Progress | undefined {
  try {
    return schema.safeParse(parseJson(text ?? "")).data;
  } catch {
    return undefined;
  }
}
