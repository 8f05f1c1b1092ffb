import { z } from "zod";
import { parseJson } from "../../checkpoint/mod.ts";
import type { Snapshot } from "./tensor_files.ts";

/**
 * The start of the window of the next metrics line. The sums are subtracted from those since the
 * start of the epoch; they are negative if the window started in an earlier epoch.
 */
const windowStartSchema = z.object({
  step: z.int(),
  /** Seconds of training before it. */
  seconds: z.number(),
  loss: z.number(),
  correct: z.number(),
});

/** The start of the window of the next metrics line. */
export type WindowStart = z.infer<typeof windowStartSchema>;

const progressSchema = z.object({
  /** Number of steps done. */
  step: z.int().nonnegative(),
  /** Seconds of training so far. */
  seconds: z.number().nonnegative(),
  windowStart: windowStartSchema,
  selection: z.object({
    best: z.object({
      epoch: z.number(),
      step: z.int(),
      validationError: z.number(),
      testError: z.number().nullable(),
    }).nullable(),
    since: z.int().nonnegative(),
  }),
});

/** The progress of an arm, without the values of its variables. */
export type Progress = z.infer<typeof progressSchema>;

/** A point from which an arm resumes exactly. */
export interface ResumePoint extends Progress {
  readonly values: Snapshot;
  /** Values of the model with the lowest validation error, if there was a validation. */
  readonly bestValues: Snapshot | undefined;
}

/** Parses the JSON of a progress; `undefined` if it is invalid. */
export function parseProgress(text: string | undefined): Progress | undefined {
  try {
    return progressSchema.safeParse(parseJson(text ?? "")).data;
  } catch {
    return undefined;
  }
}
