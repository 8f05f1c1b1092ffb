import type { Printer } from "../../wgsl/printer.ts";
import { rowTiles } from "./geometry.ts";
import { type PixelParts, rowAt } from "./pixels_epilogue.ts";
import type { RowLoader } from "./row.ts";

/** A row of the weight: as WGSL, and its number if that is constant. */
export interface WeightRow {
  readonly text: string;
  readonly u: number | undefined;
}

/**
 * Prints the start, in units, of the source row for row `r` of a tile and a row of the weight, and
 * the test of whether it is inside of the source, if needed.
 */
export function printSourceRow(
  printer: Printer,
  parts: PixelParts,
  { u, r, unit }: { readonly u: WeightRow; readonly r: number; readonly unit: RowLoader["unit"] },
): { readonly start: string; readonly inside: string | undefined } {
  const { kernel: { conv: { role, sizes } }, geometry: { source: [height, width] } } = parts;
  const [stride, padding, dilation] = [sizes.stride[0], sizes.padding[0], sizes.dilation[0]];
  const row = rowAt(parts, r);
  const y = printer.define(
    "y",
    role === "forward"
      ? `${row} * ${stride}i + ${u.text} * ${dilation}i - ${padding}i`
      : `(${row} + ${padding}i - ${u.text} * ${dilation}i) / ${stride}i`,
  );
  const [first, last] = sourceRows(parts, { u, r });
  const tests = [
    ...(first < 0 ? [`${y} >= 0i`] : []),
    ...(last >= height ? [`${y} < ${height}i`] : []),
  ];
  const index = `${y} * ${width / unit}i`;
  if (tests.length === 0) return { start: printer.define("start", index), inside: undefined };
  const inside = printer.define("inside", tests.join(" && "));
  return { start: printer.define("start", `select(0i, ${index}, ${inside})`), inside };
}

/** Bounds of the source rows that row `r` of all tiles and a row of the weight meet. */
function sourceRows(
  { kernel: { conv: { role, sizes }, tile }, geometry }: PixelParts,
  { u: { u }, r }: { readonly u: WeightRow; readonly r: number },
): readonly [first: number, last: number] {
  const [stride, padding, dilation] = [sizes.stride[0], sizes.padding[0], sizes.dilation[0]];
  const { rowPhases } = geometry;
  // This includes tiles that extend past the result.
  const firstRow = r * rowPhases;
  const lastRow = ((rowTiles(geometry, tile) - 1) * tile.rows + r + 1) * rowPhases - 1;
  const [low, high] = [u ?? 0, u ?? sizes.kernelHeight - 1];
  if (role === "forward") {
    return [
      firstRow * stride + low * dilation - padding,
      lastRow * stride + high * dilation - padding,
    ];
  }
  return [
    Math.floor((firstRow + padding - high * dilation) / stride),
    Math.floor((lastRow + padding - low * dilation) / stride),
  ];
}
