/** Emits the copy of a panel of channels into frames as calls of native code. */
import type { Conv2dSizes } from "../../graph/kernel.ts";
import type { Interleave } from "../native/interleave.ts";
import type { NativeProgram } from "../native/native_program.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { segmentsOf } from "./frame.ts";
import type { Frame } from "./frame_layout.ts";

/** Most pixels of a row that are zero. Each takes an instruction. */
const MOST_ZEROS = 16;

/** A panel whose channels are adjacent in memory. */
interface Panel {
  readonly sizes: Conv2dSizes;
  readonly frame: Frame;
  /** Number of lanes of the frame, and of channels in the panel; the last one fills the others. */
  readonly lanes: number;
  readonly channels: number;
}

/** The rows of a frame, in the order of their source rows. */
interface FrameRows {
  readonly count: number;
  /** Source row of the first one for result row 0, and source rows between adjacent ones. */
  readonly first: number;
  readonly step: number;
  readonly byteLength: number;
}

/** The rows of a frame; `undefined` if they do not have one distance in the source. */
function rowsOf({ rows, height, indexBytes, rowBytes }: Frame): FrameRows | undefined {
  const { origin, phases, step } = rows;
  const first = origin + phases[0]!;
  if (phases.length === 1) return { count: height, first, step, byteLength: indexBytes };
  if (phases.length < step) return undefined;
  return { count: height * step, first, step: 1, byteLength: rowBytes };
}

/** The shape of the native copy of a panel; `undefined` if WebAssembly should copy it. */
export function interleaveOf({ sizes, frame, lanes, channels }: Panel): Interleave | undefined {
  const { c, h, w } = sizes;
  const rows = rowsOf(frame);
  const { step } = frame.columns;
  const segments = segmentsOf(frame, w);
  if (!rows || step !== 1 && step !== 2 || segments.some(({ count }) => count < 4)) {
    return undefined;
  }
  const { elementBytes } = frame;
  const zeros = segments.flatMap(({ target, before, count, width }) =>
    Array.from({ length: width - count }, (_, i) => (i < before ? i : i + count))
      .map((i) => target + elementBytes * i)
  );
  if (zeros.length > MOST_ZEROS) return undefined;
  return {
    channels: Array.from({ length: lanes }, (_, i) => 4 * h * w * Math.min(i, channels - 1)),
    runs: segments.map(({ target, before, count, column }) => ({
      from: 4 * column,
      to: target + elementBytes * before,
      count,
    })),
    step,
    zeros,
    row: { from: 4 * w * rows.step, to: rows.byteLength },
    image: { from: 4 * c * h * w, to: frame.channelBytes },
  };
}

/** Where a copy starts, and how much it copies. */
interface PanelCopy {
  /** Address of the panel's first channel in the first image. */
  readonly source: Local;
  readonly target: Local;
  readonly images: Local;
  /** The first row of results. */
  readonly firstLine: Local;
}

/** The native copy of a panel. */
interface NativeInterleave {
  readonly native: NativeProgram;
  readonly shape: Interleave;
  readonly sizes: Conv2dSizes;
  readonly frame: Frame;
}

/** Emits the copy of the rows inside the image by native code, and of zeros for the others. */
export function emitNativeInterleave(
  f: FunctionBuilder,
  { native, shape, sizes, frame }: NativeInterleave,
  { source, target, images, firstLine }: PanelCopy,
): void {
  const rows = rowsOf(frame)!;
  const [first, before, end, count, from, to] = f.locals("i32", 6);
  f.get(firstLine).i32(frame.rows.step).op("i32.mul").i32(rows.first).op("i32.add").set(first);
  emitRowsBefore(f, rows, { first, sourceRow: 0, count: before });
  emitRowsBefore(f, rows, { first, sourceRow: sizes.h, count: end });
  f.get(end, before).op("i32.sub").tee(count).if(() => {
    f.get(before).i32(rows.step).op("i32.mul").get(first).op("i32.add");
    f.i32(4 * sizes.w).op("i32.mul").get(source).op("i32.add").set(from);
    f.get(target, before).i32(rows.byteLength).op("i32.mul", "i32.add").set(to);
    native.emitCopy(f, shape, { source: from, target: to, rows: count, images });
  });
  const isInside = rows.first >= 0 && rows.first + (rows.count - 1) * rows.step < sizes.h;
  const isWhole = frame.height === sizes.outHeight + frame.rows.reach;
  if (!isInside || !isWhole) emitZeroRows(f, { rows, frame }, { target, images, before, end });
}

/** Sets `count` to the number of a frame's rows before a row of the source. */
function emitRowsBefore(
  f: FunctionBuilder,
  rows: FrameRows,
  { first, sourceRow, count }: { first: Local; sourceRow: number; count: Local },
): void {
  f.i32(sourceRow + rows.step - 1).get(first).op("i32.sub").i32(rows.step).op("i32.div_s");
  f.setAtMost(count, rows.count);
  f.get(count).i32(0).get(count).i32(0).op("i32.gt_s", "select").set(count);
}

/** Emits zeros for the rows before and after those inside the image. */
function emitZeroRows(
  f: FunctionBuilder,
  { rows, frame }: { rows: FrameRows; frame: Frame },
  { target, images, before, end }: { target: Local; images: Local; before: Local; end: Local },
): void {
  const [image, to] = f.locals("i32", 2);
  f.get(target).set(to);
  f.for(image, 0, images, 1, () => {
    f.get(before).if(() => {
      f.get(to).i32(0).get(before).i32(rows.byteLength).op("i32.mul").memoryFill();
    });
    f.get(end).i32(rows.count).op("i32.lt_s").if(() => {
      f.get(to, end).i32(rows.byteLength).op("i32.mul", "i32.add").i32(0);
      f.i32(rows.count).get(end).op("i32.sub").i32(rows.byteLength).op("i32.mul").memoryFill();
    });
    f.advance(to, frame.channelBytes);
  });
}
