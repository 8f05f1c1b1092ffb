import { checkOption, finiteNumber, nonNegativeWhole } from "../graph/mod.ts";

/** The best validation so far, and the number of validations since then. */
export interface Selection<M> {
  /** The measurement with the lowest validation error; the first one if there are several. */
  readonly best: M | null;
  /** Number of validations since then. */
  readonly since: number;
}

/** The selection before the first validation. */
export const nothingSelected: Selection<never> = { best: null, since: 0 };

/**
 * The selection after another validation.
 * @throws {RangeError} if the error is not finite
 */
export function select<M extends { readonly validationError: number }>(
  { best, since }: Selection<M>,
  measured: M,
): Selection<M> {
  const { validationError } = measured;
  checkOption("select the best weights", { since }, nonNegativeWhole);
  checkOption("select the best weights", { validationError }, finiteNumber);
  return best === null || validationError < best.validationError
    ? { best: measured, since: 0 }
    : { best, since: since + 1 };
}
