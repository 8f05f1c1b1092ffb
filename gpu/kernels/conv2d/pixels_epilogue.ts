import type { Printer } from "../../wgsl/printer.ts";
import { canStoreWide } from "../../wgsl/wide_axis.ts";
import type { PixelGeometry } from "./geometry.ts";
import type { Conv2dPixelsKernel } from "../gpu_kernel.ts";
import type { ShaderContext } from "../kernel_code.ts";
import { range } from "../range.ts";
import { printStores } from "../stores.ts";
import { printParts } from "../tile_parts.ts";

/** The inputs for printing a tiled convolution. */
export interface PixelParts {
  readonly kernel: Conv2dPixelsKernel;
  readonly geometry: PixelGeometry;
  readonly context: ShaderContext;
}

/** The accumulator of a channel, a row, and a quad of pixels of a tile: a `vec4f`. */
export function accumulator(channel: number, row: number, quad: number): string {
  return `c${channel}_${row}_${quad}`;
}

/** All accumulators of a tile, by channel. */
export function allAccumulators(
  { kernel: { tile: { channels, rows } }, geometry: { quads } }: PixelParts,
): string[] {
  return range(channels).flatMap((channel) =>
    range(rows).flatMap((row) => quads.map((_, quad) => accumulator(channel, row, quad)))
  );
}

/** The number of row `r` of a tile. */
export function rowAt({ geometry }: PixelParts, r: number): string {
  return r === 0 ? "row" : `(row + ${r * geometry.rowPhases}i)`;
}

/** Whether all rows of all tiles are inside the result. */
function areRowsWhole({ kernel: { tile }, geometry }: PixelParts): boolean {
  return geometry.size[0] % (geometry.rowPhases * tile.rows) === 0;
}

/** Prints the epilogue of a tile, one channel at a time, unrolled or as a loop. */
export function printPixelEpilogue(printer: Printer, parts: PixelParts): void {
  const { kernel: { tile: { channels, rows, rolled } }, geometry } = parts;
  const accumulators = (channel: number) =>
    Array.from(
      { length: rows },
      (_, row) => geometry.quads.map((_, quad) => accumulator(channel, row, quad)),
    ).flat();
  printParts(
    printer,
    { count: channels, rolled, accumulators },
    (number, channel) =>
      printChannel(printer, parts, { position: `(firstChannel + ${number})`, channel }),
  );
}

/** Prints the stores of a channel, four columns at a time where possible. */
function printChannel(
  printer: Printer,
  parts: PixelParts,
  { position, channel }: { readonly position: string; readonly channel: number },
): void {
  const { kernel: { conv: { stores }, tile }, geometry, context: { access } } = parts;
  const [height, width] = geometry.size;
  const wide = width % 4 === 0 && canStoreWide(stores, 3);
  const placeOf = (row: number, pixel: number) => {
    const quad = geometry.quads.findIndex((pixels) => pixels.includes(pixel));
    return { name: accumulator(channel, row, quad), part: geometry.quads[quad]!.indexOf(pixel) };
  };
  const { groups, channels } = geometry;
  printer.bindAxis(1, groups === 1 ? position : `(channelGroup * ${channels}i + ${position})`);
  for (let row = 0; row < tile.rows; row++) {
    printer.bindAxis(2, rowAt(parts, row));
    for (let pixel = 0; pixel < tile.pixels; pixel += wide ? 4 : 1) {
      const places = [0, 1, 2, 3].map((i) => placeOf(row, pixel + (wide ? i : 0)));
      const [first] = places;
      const isWhole = places.every(({ name, part }, i) => name === first!.name && part === i);
      const texts = places.map(({ name, part }) => `${name}[${part}]`);
      const text = !wide ? texts[0]! : isWhole ? first!.name : `vec4f(${texts.join(", ")})`;
      const column = `(firstColumn + ${pixel}i)`;
      const guards = [
        ...(geometry.channels % tile.channels === 0 ? [] : [`${position} < ${geometry.channels}i`]),
        ...(row === 0 || areRowsWhole(parts) ? [] : [`${rowAt(parts, row)} < ${height}i`]),
        ...(width % tile.pixels === 0 ? [] : [`${column} < ${width}i`]),
      ];
      printer.bindAxis(3, column, wide);
      printer.bindResult(0, { text, wide });
      const guard = guards.length > 0 ? { guard: guards.join(" && ") } : {};
      printStores(printer, access, { stores, wide, ...guard });
    }
  }
}
