/** The best validation so far, and the number of validations since then. */
export interface Selection<M> {
  /** The measurement with the lowest validation error; the first one if there are several. */
  readonly best: M | null;
  /** Number of validations since then. */
  readonly since: number;
}

/** The selection before the first validation. */
export const nothingSelected: Selection<never> = { best: null, since: 0 };

/** The selection after another validation. */
export function select<M extends { readonly validationError: number }>(
  { best, since }: Selection<M>,
  measured: M,
): Selection<M> {
  return best === null || measured.validationError < best.validationError
    ? { best: measured, since: 0 }
    : { best, since: since + 1 };
}
