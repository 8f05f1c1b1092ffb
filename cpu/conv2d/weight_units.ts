/** The units of a weight gradient, as parts of the weight. */
import type { Conv2dSizes } from "../../graph/kernel.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { emitBlockSize } from "./blocks.ts";
import type { WeightGradientTiling } from "./weight_tiling.ts";

/** Locals of the current unit and its loops. */
export type WeightUnitLocals = ReturnType<typeof declareWeightUnitLocals>;

/** Declares {@linkcode WeightUnitLocals}. */
export function declareWeightUnitLocals(f: FunctionBuilder) {
  const local = () => f.local("i32");
  return {
    group: local(),
    /** Input channels, counted within their group. */
    firstChannel: local(),
    channelCount: local(),
    /** Output channels, counted within their group. */
    firstRow: local(),
    rowCount: local(),
    firstImage: local(),
    imageCount: local(),
    /** Rows of pixels of the result. */
    firstLine: local(),
    lineCount: local(),
    frames: local(),
    sums: local(),
    taps: local(),
    /** Address of the cotangent of the unit's first row at the block's first pixel. */
    gradient: local(),
    gradientGap: local(),
    pixelGap: local(),
  };
}

/**
 * Emits the position of a unit. Units are numbered by group, panel, and block of output channels.
 */
export function emitWeightUnitPosition(
  f: FunctionBuilder,
  { c, o, groups }: Conv2dSizes,
  { panels, lanes, blocks, rowsPerUnit }: WeightGradientTiling,
  { unit, at }: { unit: Local; at: WeightUnitLocals },
): void {
  const { firstChannel, firstRow } = at;
  f.get(unit).i32(blocks).op("i32.rem_u").i32(rowsPerUnit).op("i32.mul").set(firstRow);
  f.get(unit).i32(blocks).op("i32.div_u").i32(panels).op("i32.rem_u").i32(lanes);
  f.op("i32.mul").set(firstChannel);
  f.get(unit).i32(blocks * panels).op("i32.div_u").set(at.group);
  emitBlockSize(f, { first: firstRow, step: rowsPerUnit, total: o / groups }, at.rowCount);
  emitBlockSize(f, { first: firstChannel, step: lanes, total: c / groups }, at.channelCount);
}
