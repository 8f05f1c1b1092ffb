/** The units of a weight gradient, as parts of the weight. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";

/** Locals of the current unit and its loops. */
export interface WeightUnitLocals {
  readonly group: Local;
  /** Input channels, counted within their group. */
  readonly firstChannel: Local;
  readonly channelCount: Local;
  /** Output channels, counted within their group. */
  readonly firstRow: Local;
  readonly rowCount: Local;
  readonly firstImage: Local;
  readonly imageCount: Local;
  /** Rows of pixels of the result. */
  readonly firstLine: Local;
  readonly lineCount: Local;
  readonly frames: Local;
  readonly sums: Local;
  readonly taps: Local;
  /** Address of the cotangent of the unit's first row at the block's first pixel. */
  readonly gradient: Local;
  readonly gradientGap: Local;
  readonly pixelGap: Local;
}

/** Declares {@linkcode WeightUnitLocals}. */
export function declareWeightUnitLocals(f: FunctionBuilder): WeightUnitLocals {
  const local = () => f.local("i32");
  return {
    group: local(),
    firstChannel: local(),
    channelCount: local(),
    firstRow: local(),
    rowCount: local(),
    firstImage: local(),
    imageCount: local(),
    firstLine: local(),
    lineCount: local(),
    frames: local(),
    sums: local(),
    taps: local(),
    gradient: local(),
    gradientGap: local(),
    pixelGap: local(),
  };
}
