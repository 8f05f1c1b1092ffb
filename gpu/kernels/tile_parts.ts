import type { Printer } from "../wgsl/printer.ts";

/** A tile's parts, of which each has the same accumulators. */
interface TileParts {
  readonly count: number;
  /** Whether they are done in a loop, see `MatmulTile`. */
  readonly rolled: boolean | undefined;
  /** The names of a part's accumulators, in the same order for all. */
  readonly accumulators: (part: number) => readonly string[];
}

/**
 * Prints what is done with each part: one after the other, or in a loop that does it with the
 * first and then moves all others up. The body gets the number of the part as WGSL, and that of
 * the part whose accumulators hold its sums.
 */
export function printParts(
  printer: Printer,
  { count, rolled, accumulators }: TileParts,
  body: (number: string, part: number) => void,
): void {
  if (!rolled) {
    for (let part = 0; part < count; part++) body(`${part}i`, part);
    return;
  }
  printer.block(`for (var i = 0i; i < ${count}i; i++)`, () => {
    body("i", 0);
    for (let part = 1; part < count; part++) {
      const from = accumulators(part);
      accumulators(part - 1).forEach((name, i) => printer.emit(`${name} = ${from[i]};`));
    }
  });
}
