import type { Printer } from "../../wgsl/printer.ts";
import { accumulator, type PixelParts } from "./pixels_epilogue.ts";
import type { SourceRow } from "./row.ts";

/** The header of the loop over source channels, `copies` in each trip. */
export function channelLoop(channels: number, copies: number): string {
  return `for (var k = 0i; k < ${channels}i; k += ${copies}i)`;
}

/** Source channels per loop trip: more if there is little work per channel. */
export function copiesOf(
  { kernel, geometry }: PixelParts,
  rows: number,
  { most, sums }: {
    readonly most: number;
    /** Most multiply-adds for each channel of the tile. */
    readonly sums: number;
  },
): number {
  const channels = geometry.summed / kernel.sharers;
  const each = rows * kernel.tile.rows * kernel.conv.sizes.kernelWidth * geometry.quads.length /
    geometry.rowPhases;
  for (let copies = most; copies > 1; copies /= 2) {
    if (channels % copies === 0 && copies * each <= sums) return copies;
  }
  return 1;
}

/** Prints the multiply-adds of a tile's source rows for one channel and row of the weight. */
export function printTaps(
  printer: Printer,
  { kernel: { conv, tile }, geometry }: PixelParts,
  sources: readonly SourceRow[],
  { weight, load }: {
    /** A prefix for the names of its elements. */
    readonly weight: string;
    /** WGSL for four adjacent channels of a column. */
    readonly load: (v: number, channel: number) => string;
  },
): void {
  for (let v = 0; v < conv.sizes.kernelWidth; v++) {
    const fours = sources.flatMap(({ four }, row) =>
      geometry.quads.flatMap((pixels, quad) => {
        const columns = pixels.map((pixel) => geometry.sourceOf(pixel, v))
          .filter((column) => column !== undefined);
        if (columns.length < 4) return [];
        return [{ name: printer.define("x", four(columns)), row, quad }];
      })
    );
    if (fours.length === 0) continue;
    for (let channel = 0; channel < tile.channels; channel++) {
      if (channel % 4 === 0) {
        printer.emit(`let ${weight}_${v}_${channel / 4} = ${load(v, channel)};`);
      }
      const factor = `vec4f(${weight}_${v}_${channel >> 2}[${channel % 4}])`;
      for (const { name, row, quad } of fours) {
        const c = accumulator(channel, row, quad);
        printer.emit(`${c} = fma(${factor}, ${name}, ${c});`);
      }
    }
  }
}
