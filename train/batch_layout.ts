/** How an epoch is divided into batches. */
export interface BatchLayout {
  /** Samples in a full batch. */
  readonly batch: number;
  /** Number of full batches. */
  readonly full: number;
  /** Samples in the last batch if it is not full and is kept, else 0. */
  readonly rest: number;
}

/** Divides `count` samples into batches. */
export function layoutOf(count: number, batch: number, dropLast: boolean): BatchLayout {
  const full = Math.floor(count / batch);
  return { batch, full, rest: dropLast ? 0 : count - full * batch };
}

/** Number of steps in an epoch. */
export function stepsPerEpoch({ full, rest }: BatchLayout): number {
  return full + (rest > 0 ? 1 : 0);
}
