import { z } from "zod";
import type { Best } from "../../metrics/mod.ts";

/** What an arm's validations have led to. */
export interface Selection {
  /** The lowest validation error so far, the first if there are several. */
  readonly best: Best | null;
  /** Number of validations since. */
  readonly since: number;
}

/** Before the first validation. */
export const nothingSelected: Selection = { best: null, since: 0 };

/** What a checkpoint may say. */
export const selectionSchema: z.ZodType<Selection> = z.object({
  best: z.object({
    epoch: z.number(),
    step: z.int(),
    validationError: z.number(),
    testError: z.number().nullable(),
  }).nullable(),
  since: z.int().nonnegative(),
});

/** Takes a new validation into account: is it better than all before? */
export function select({ best, since }: Selection, measured: Best): Selection {
  return best === null || measured.validationError < best.validationError
    ? { best: measured, since: 0 }
    : { best, since: since + 1 };
}
