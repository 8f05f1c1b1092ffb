/** Copies the part of a source that a block of results reads into a frame, zero-padded. */
import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";
import type { Frame } from "./frame_layout.ts";

/** The part of one column phase that is inside the image. The rest is zero. */
export interface Segment {
  /** Byte offset of the phase in a row of the frame. */
  readonly target: number;
  /** Number of indices before the image, inside it, and in total. */
  readonly before: number;
  readonly count: number;
  readonly width: number;
  /** Source column of the first index in the image. */
  readonly column: number;
  /** Source columns between adjacent indices. */
  readonly step: number;
}

/** The segments of a frame's rows for a source of the given width. */
export function segmentsOf({ columns, width, phaseBytes }: Frame, sourceWidth: number): Segment[] {
  const { origin, step } = columns;
  return columns.phases.map((phase, i) => {
    const first = origin + phase;
    const before = Math.min(width, Math.max(0, Math.ceil(-first / step)));
    const after = Math.max(
      before,
      Math.min(width, Math.floor((sourceWidth - 1 - first) / step) + 1),
    );
    return {
      target: i * phaseBytes,
      before,
      count: after - before,
      width,
      column: first + before * step,
      step,
    };
  });
}

/** The images and rows from which a frame is filled. */
export interface FrameSource {
  readonly target: Local;
  readonly images: Operand;
  /** Position of the first result row, as a frame index. */
  readonly firstIndex: Operand;
  readonly sourceSize: readonly [height: number, width: number];
  /** Bytes between adjacent images. */
  readonly imageBytes: number;
}

/** Adjacent channels to copy one after the other. */
interface FrameCopy extends FrameSource {
  /** Address of the first image's first channel. */
  readonly source: Local;
  readonly channels: number;
}

/** Emits the copy of whole frames, channel by channel. Preserves both addresses. */
export function emitFrameCopy(f: FunctionBuilder, frame: Frame, copy: FrameCopy): void {
  const [image, channel, from, to] = f.locals("i32", 4);
  const channelBytes = 4 * copy.sourceSize[0] * copy.sourceSize[1];
  const segments = segmentsOf(frame, copy.sourceSize[1]);
  f.get(copy.target).set(to);
  f.for(image, 0, copy.images, 1, () => {
    f.get(copy.source, image).i32(copy.imageBytes).op("i32.mul", "i32.add").set(from);
    f.for(channel, 0, copy.channels, 1, () => {
      emitRows(f, frame, copy, (row, inside, stepBytes) => {
        if (inside) {
          f.get(from, row).i32(4 * copy.sourceSize[1]).op("i32.mul", "i32.add").set(row);
        }
        for (const segment of segments) {
          if (inside) emitSegment(f, segment, copy.sourceSize[1], [row, to]);
          else emitZeros(f, to, segment.target, segment.width);
        }
        f.advance(to, stepBytes);
      });
      f.advance(to, frame.channelBytes - frame.height * frame.indexBytes);
      f.advance(from, channelBytes);
    });
  });
}

/** Most vectors of a frame whose rows are visited by unrolled code instead of a loop. */
const UNROLLED_VECTORS = 256;

/**
 * Visits every row of a frame with its source row, which may be outside the image, and the bytes from
 * there to the next row.
 */
export function emitRows(
  f: FunctionBuilder,
  { rows, columns, height, width, rowBytes, indexBytes }: Frame,
  { firstIndex, sourceSize }: FrameSource,
  body: (row: Local, inside: boolean, stepBytes: number) => void,
): void {
  const [index, first, row] = f.locals("i32", 3);
  const stepOf = (phase: number): number =>
    phase === rows.phases.length - 1 ? rowBytes + indexBytes - (phase + 1) * rowBytes : rowBytes;
  const rowCount = height * rows.phases.length;
  const vectors = rowCount * columns.phases.length * Math.ceil(width / 4);
  if (firstIndex === 0 && vectors <= UNROLLED_VECTORS) {
    for (let at = 0; at < height; at++) {
      rows.phases.forEach((phase, i) => {
        const source = rows.origin + at * rows.step + phase;
        f.i32(source).set(row);
        body(row, source >= 0 && source < sourceSize[0], stepOf(i));
      });
    }
    return;
  }
  f.push(firstIndex).i32(rows.step).op("i32.mul").i32(rows.origin).op("i32.add").set(first);
  f.for(index, 0, height, 1, () => {
    rows.phases.forEach((phase, i) => {
      const stepBytes = stepOf(i);
      f.get(first).i32(phase).op("i32.add").tee(row).i32(sourceSize[0]).op("i32.lt_u");
      f.if(() => body(row, true, stepBytes), () => body(row, false, stepBytes));
    });
    f.advance(first, rows.step);
  });
}

function emitSegment(
  f: FunctionBuilder,
  segment: Segment,
  sourceWidth: number,
  [from, to]: readonly [Local, Local],
): void {
  const { target, before, count, width, column, step } = segment;
  if (width === 4 && step === 1 && count > 0 && count < 4 && sourceWidth >= 4) {
    // One vector, whose lanes outside of the image are those of zeros.
    const first = Math.min(Math.max(column - before, 0), sourceWidth - 4);
    const lane = (i: number) => i < before || i >= before + count ? 4 : column - before + i - first;
    f.get(to).get(from).memory("v128.load", 4 * first).i32x4(0);
    f.shuffle32(lane(0), lane(1), lane(2), lane(3)).memory("v128.store", target);
    return;
  }
  emitZeros(f, to, target, before);
  emitZeros(f, to, target + 4 * (before + count), width - before - count);
  emitElements(f, segment, from, to);
}

/** Most elements to copy by unrolled code instead of a loop. */
const UNROLLED = 128;

function emitElements(f: FunctionBuilder, segment: Segment, from: Local, to: Local): void {
  const { count, column, step } = segment;
  const target = segment.target + 4 * segment.before;
  if (count < 4 || step > 2) {
    emitSingles(f, { count, step, target, source: 4 * column }, from, to);
    return;
  }
  const whole = count - count % 4;
  const quad = (source: number, offset: number, [at, into]: readonly [Local, Local]): void => {
    f.get(into);
    f.get(at).memory("v128.load", source);
    if (step === 2) f.get(at).memory("v128.load", source + 16).shuffle32(0, 2, 4, 6);
    f.memory("v128.store", offset);
  };
  if (count <= UNROLLED) {
    for (let i = 0; i < whole; i += 4) quad(4 * (column + i * step), target + 4 * i, [from, to]);
  } else {
    const [i, at, into] = f.locals("i32", 3);
    f.get(from).set(at).get(to).set(into);
    f.for(i, 0, whole, 4, () => {
      quad(4 * column, target, [at, into]);
      f.advance(at, 16 * step);
      f.advance(into, 16);
    });
  }
  // The last quad may overlap the previous one.
  const last = count - 4;
  if (whole < count) quad(4 * (column + last * step), target + 4 * last, [from, to]);
}

function emitSingles(
  f: FunctionBuilder,
  run: { count: number; step: number; target: number; source: number },
  from: Local,
  to: Local,
): void {
  const { count, step, target, source } = run;
  const single = (i: number, [at, into]: readonly [Local, Local]): void => {
    f.get(into).get(at).memory("f32.load", source + 4 * i * step);
    f.memory("f32.store", target + 4 * i);
  };
  if (count <= UNROLLED / 4) {
    for (let i = 0; i < count; i++) single(i, [from, to]);
    return;
  }
  const [i, at, into] = f.locals("i32", 3);
  f.get(from).set(at).get(to).set(into);
  f.for(i, 0, count, 1, () => {
    single(0, [at, into]);
    f.advance(at, 4 * step);
    f.advance(into, 4);
  });
}

/** Stores `count` zeros at `to + offset`. */
function emitZeros(f: FunctionBuilder, to: Local, offset: number, count: number): void {
  if (4 * count > 256) {
    f.get(to).i32(offset).op("i32.add").i32(0).i32(4 * count).memoryFill();
    return;
  }
  let done = 0;
  for (; count - done >= 4; done += 4) f.get(to).i32x4(0).memory("v128.store", offset + 4 * done);
  for (; done < count; done++) f.get(to).f32(0).memory("f32.store", offset + 4 * done);
}
