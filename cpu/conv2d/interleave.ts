/** Copies channels into frames in which they are interleaved pixel by pixel. */
import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";
import { emitRows, type Segment, segmentsOf } from "./frame.ts";
import type { Frame } from "./geometry.ts";
import { advance } from "../matmul/pack.ts";

/** A panel of channels, and the images and rows from which a frame is filled. */
export interface InterleavedCopy {
  /** Addresses of the panel's channels in the first image. */
  readonly channels: readonly Local[];
  readonly target: Local;
  readonly images: Operand;
  readonly firstIndex: Operand;
  readonly sourceSize: readonly [height: number, width: number];
  /** Bytes between adjacent images. */
  readonly imageBytes: number;
}

/** Emits the copy. `frame.channelBytes` is the distance between the frames of adjacent images. */
export function emitInterleavedCopy(
  f: FunctionBuilder,
  frame: Frame,
  copy: InterleavedCopy,
): void {
  const [image, offset, to] = [f.local("i32"), f.local("i32"), f.local("i32")];
  const from = copy.channels.map(() => f.local("i32"));
  const segments = segmentsOf(frame, copy.sourceSize[1]);
  f.get(copy.target).set(to);
  f.for(image, 0, copy.images, 1, () => {
    emitRows(f, frame, copy, (row, inside) => {
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
      advance(f, to, frame.rowBytes);
    });
    advance(f, to, frame.channelBytes - frame.height * frame.indexBytes);
  });
}

/** Most pixels to copy by unrolled code instead of a loop. */
const UNROLLED = 32;

function emitSegment(
  f: FunctionBuilder,
  { target, before, count, width, column, step }: Segment,
  from: readonly Local[],
  to: Local,
): void {
  const pixelBytes = 4 * from.length;
  emitZeroPixels(f, { to, offset: target, count: before }, from.length);
  const after = {
    to,
    offset: target + (before + count) * pixelBytes,
    count: width - before - count,
  };
  emitZeroPixels(f, after, from.length);
  const start = target + before * pixelBytes;
  const quad = (first: number, into: Local): void => {
    const place = { source: 4 * (column + first * step), target: start + first * pixelBytes };
    emitPixelQuad(f, { ...place, step }, from, into);
  };
  if (count < 4) {
    for (let i = 0; i < count; i++) {
      from.forEach((address, channel) => {
        f.get(to).get(address).memory("f32.load", 4 * (column + i * step));
        f.memory("f32.store", start + i * pixelBytes + 4 * channel);
      });
    }
    return;
  }
  // The last quad may overlap the previous one. The addresses are still those of the row.
  if (count % 4 !== 0) quad(count - 4, to);
  const whole = count - count % 4;
  if (count <= UNROLLED) {
    for (let i = 0; i < whole; i += 4) quad(i, to);
    return;
  }
  const [i, into] = [f.local("i32"), f.local("i32")];
  f.get(to).set(into);
  f.for(i, 0, whole, 4, () => {
    quad(0, into);
    from.forEach((address) => advance(f, address, 16 * step));
    advance(f, into, 4 * pixelBytes);
  });
  from.forEach((address) => advance(f, address, -4 * step * whole));
}

/** Emits the copy of four pixels of every channel, transposed four channels at a time. */
function emitPixelQuad(
  f: FunctionBuilder,
  { source, target, step }: { source: number; target: number; step: number },
  from: readonly Local[],
  to: Local,
): void {
  for (let first = 0; first < from.length; first += 4) {
    const rows = from.slice(first, first + 4).map((address) => {
      const row = f.local("v128");
      if (step === 1) f.get(address).memory("v128.load", source).set(row);
      else if (step === 2) {
        f.get(address).memory("v128.load", source).get(address).memory("v128.load", source + 16);
        f.shuffle32(0, 2, 4, 6).set(row);
      } else {
        f.get(address).memory("v128.load32_zero", source).set(row);
        for (let lane = 1; lane < 4; lane++) {
          const offset = source + 4 * lane * step;
          f.get(address, row).memoryLane("v128.load32_lane", lane, offset).set(row);
        }
      }
      return row;
    }) as [Local, Local, Local, Local];
    emitTransposition(f, rows).forEach((pixel, i) => {
      f.get(to, pixel).memory("v128.store", target + 4 * (i * from.length + first));
    });
  }
}

/** Transposes four vectors: vector i of the result holds lane i of each. */
export function emitTransposition(
  f: FunctionBuilder,
  [a, b, c, d]: readonly [Local, Local, Local, Local],
): Local[] {
  const mixed = (x: Local, y: Local, lanes: readonly [number, number, number, number]): Local => {
    const local = f.local("v128");
    f.get(x, y).shuffle32(...lanes).set(local);
    return local;
  };
  const [ab, abHigh] = [mixed(a, b, [0, 4, 1, 5]), mixed(a, b, [2, 6, 3, 7])];
  const [cd, cdHigh] = [mixed(c, d, [0, 4, 1, 5]), mixed(c, d, [2, 6, 3, 7])];
  return [
    mixed(ab, cd, [0, 1, 4, 5]),
    mixed(ab, cd, [2, 3, 6, 7]),
    mixed(abHigh, cdHigh, [0, 1, 4, 5]),
    mixed(abHigh, cdHigh, [2, 3, 6, 7]),
  ];
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
