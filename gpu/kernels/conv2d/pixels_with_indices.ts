import type { Printer } from "../../wgsl/printer.ts";
import { paddedChannels } from "./geometry.ts";
import type { PixelParts } from "./pixels_epilogue.ts";
import { channelLoop, copiesOf, printTaps } from "./pixel_taps.ts";
import type { RowLoader } from "./row.ts";
import { printSourceRow, type WeightRow } from "./source_row.ts";

/** Most `vec4f` multiply-adds in one loop trip for each channel of a tile, if there are copies. */
const SUMS_PER_TRIP = 16;

/**
 * Prints the loop over the source channels for the given rows of the weight. Indices are computed
 * in each trip.
 */
export function printWithIndices(
  printer: Printer,
  parts: PixelParts,
  loader: RowLoader,
  us: readonly WeightRow[],
): void {
  const { kernel: { conv, tile }, geometry, context: { access } } = parts;
  const plane = geometry.source[0] * geometry.source[1];
  const { kernelHeight, kernelWidth } = conv.sizes;
  const padded = paddedChannels(geometry, tile);
  const starts = us.map((u) =>
    Array.from({ length: tile.rows }, (_, r) => printSourceRow(printer, parts, { u, r, unit: 1 }))
  );
  const copies = copiesOf(parts, us.length, { most: 4, sums: SUMS_PER_TRIP });
  printer.block(channelLoop(geometry.summed, copies), () => {
    for (let copy = 0; copy < copies; copy++) {
      const k = copy === 0 ? "k" : `(k + ${copy}i)`;
      const base = printer.define("base", `(image * ${geometry.summed}i + ${k}) * ${plane}i`);
      us.forEach((u, i) => {
        const tap = `(${k} * ${kernelHeight}i + ${u.text}) * ${kernelWidth * padded}i`;
        const weight = printer.define("weight", `${tap} + firstChannel`);
        const sources = starts[i]!.map(({ start, inside }) =>
          loader.load(printer, loader.places(`${base} + ${start}`), loader.tests(inside))
        );
        printTaps(printer, parts, sources, {
          weight,
          load: (v, channel) =>
            access.load(conv.b, `(${weight} + ${v * padded + channel}i) >> 2u`, true),
        });
      });
    }
  });
}
