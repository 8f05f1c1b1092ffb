/** Copies channels into frames in which they are interleaved pixel by pixel. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { emitLaneLoads, emitTransposition } from "../wasm/vector_idioms.ts";
import { emitRows, type FrameSource, type Segment, segmentsOf } from "./frame.ts";
import type { Frame } from "./frame_layout.ts";

/** A panel of channels to interleave. */
interface InterleavedCopy extends FrameSource {
  /** Addresses of the panel's channels in the first image. */
  readonly channels: readonly Local[];
}

/** Emits the copy. `frame.channelBytes` is the distance between the frames of adjacent images. */
export function emitInterleavedCopy(
  f: FunctionBuilder,
  frame: Frame,
  copy: InterleavedCopy,
): void {
  const [image, offset, to] = f.locals("i32", 3);
  const from = copy.channels.map(() => f.local("i32"));
  const segments = segmentsOf(frame, copy.sourceSize[1]);
  f.get(copy.target).set(to);
  f.for(image, 0, copy.images, 1, () => {
    emitRows(f, frame, copy, (row, inside, stepBytes) => {
      if (inside) {
        f.get(image).i32(copy.imageBytes).op("i32.mul");
        f.get(row).i32(4 * copy.sourceSize[1]).op("i32.mul", "i32.add").set(offset);
        from.forEach((address, i) => {
          f.get(copy.channels[i]!, offset).op("i32.add").set(address);
        });
      }
      for (const segment of segments) {
        if (inside) emitSegment(f, segment, from, to);
        else emitZeroPixels(f, { to, offset: segment.target, count: segment.width }, from.length);
      }
      f.advance(to, stepBytes);
    });
    f.advance(to, frame.channelBytes - frame.height * frame.indexBytes);
  });
}

/** Most pixels to copy by unrolled code instead of a loop. */
const UNROLLED = 32;

function emitSegment(
  f: FunctionBuilder,
  segment: Segment,
  from: readonly Local[],
  to: Local,
): void {
  const { target, before, count, width } = segment;
  const pixelBytes = 4 * from.length;
  emitZeroPixels(f, { to, offset: target, count: before }, from.length);
  const after = {
    to,
    offset: target + (before + count) * pixelBytes,
    count: width - before - count,
  };
  emitZeroPixels(f, after, from.length);
  if (count < 4) emitPixels(f, segment, from, to);
  else emitQuads(f, segment, from, to);
}

/** Emits the copy of fewer than four pixels. */
function emitPixels(
  f: FunctionBuilder,
  { target, before, count, column, step }: Segment,
  from: readonly Local[],
  to: Local,
): void {
  for (let i = 0; i < count; i++) {
    from.forEach((address, channel) => {
      f.get(to).get(address).memory("f32.load", 4 * (column + i * step));
      f.memory("f32.store", target + 4 * ((before + i) * from.length + channel));
    });
  }
}

/** Emits the copy of at least four pixels, four at a time. */
function emitQuads(
  f: FunctionBuilder,
  { target, before, count, column, step }: Segment,
  from: readonly Local[],
  to: Local,
): void {
  const pixelBytes = 4 * from.length;
  const quad = (first: number, into: Local): void => {
    const source = 4 * (column + first * step);
    emitQuad(f, { source, target: target + (before + first) * pixelBytes, step }, from, into);
  };
  // The last quad may overlap the previous one. The addresses are still those of the row.
  if (count % 4 !== 0) quad(count - 4, to);
  const whole = count - count % 4;
  if (count <= UNROLLED) {
    for (let i = 0; i < whole; i += 4) quad(i, to);
    return;
  }
  const [i, into] = f.locals("i32", 2);
  f.get(to).set(into);
  f.for(i, 0, whole, 4, () => {
    quad(0, into);
    from.forEach((address) => f.advance(address, 16 * step));
    f.advance(into, 4 * pixelBytes);
  });
  from.forEach((address) => f.advance(address, -4 * step * whole));
}

/** Emits the copy of four pixels of every channel, transposed four channels at a time. */
function emitQuad(
  f: FunctionBuilder,
  { source, target, step }: { source: number; target: number; step: number },
  from: readonly Local[],
  to: Local,
): void {
  for (let first = 0; first < from.length; first += 4) {
    const rows = f.locals("v128", 4);
    rows.forEach((vector, i) => {
      const address = from[first + i]!;
      if (step === 1) f.get(address).memory("v128.load", source).set(vector);
      else if (step === 2) {
        f.get(address).memory("v128.load", source).get(address).memory("v128.load", source + 16);
        f.shuffle32(0, 2, 4, 6).set(vector);
      } else {
        const lanes = { address, byteOffset: source, laneBytes: 4 * step };
        emitLaneLoads(f, lanes, { vector, count: 4 });
      }
    });
    emitTransposition(f, rows).forEach((pixel, i) => {
      f.get(to, pixel).memory("v128.store", target + 4 * (i * from.length + first));
    });
  }
}

function emitZeroPixels(
  f: FunctionBuilder,
  { to, offset, count }: { to: Local; offset: number; count: number },
  channels: number,
): void {
  const bytes = 4 * channels * count;
  if (bytes > 512) {
    f.get(to).i32(offset).op("i32.add").i32(0).i32(bytes).memoryFill();
    return;
  }
  for (let done = 0; done < bytes; done += 16) {
    f.get(to).i32x4(0).memory("v128.store", offset + done);
  }
}
