import type { Printer } from "../wgsl/printer.ts";

/** The parts of a tile, all with the same number of accumulators. */
interface TileParts {
  readonly count: number;
  /** Whether to process them in a loop; see `MatmulTile`. */
  readonly rolled: boolean | undefined;
  /** The names of a part's accumulators, in the same order for all. */
  readonly accumulators: (part: number) => readonly string[];
}

/**
 * Prints `body` for each part: unrolled, or as a loop that processes the first part and then shifts
 * the accumulators of all others down by one. `body` receives the number of the part as WGSL, and
 * the number of the part whose accumulators hold its sums.
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
