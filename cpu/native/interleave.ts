/**
 * Generates the machine code that interleaves channels: it copies rows of pixels, of which each
 * channel has its own, so that all channels of a pixel are one vector.
 */
import type { Local, Operand } from "../wasm/function_builder.ts";
import { CALL } from "./call_layout.ts";
import { LANES, type VectorBytes } from "./registers.ts";
import type { Span } from "./tile_spans.ts";
import { Assembler } from "./x64.ts";

/** Pixels that are adjacent in the target. */
export interface PixelRun {
  /** Byte offsets in a row of the source and of the target. */
  readonly from: number;
  readonly to: number;
  /** Number of pixels; at least 4. */
  readonly count: number;
}

/** The shape of a copy. Each call gives the number of images, and that of their rows. */
export interface Interleave {
  /** Byte offset of each channel in the source; as many as lanes. */
  readonly channels: readonly number[];
  readonly runs: readonly PixelRun[];
  /** Pixels in the source from one pixel of a run to the next. */
  readonly step: 1 | 2;
  /** Byte offsets, in a row of the target, of pixels that become 0. */
  readonly zeros: readonly number[];
  /** Bytes from one row to the next, and from one image to the next. */
  readonly row: { readonly from: number; readonly to: number };
  readonly image: { readonly from: number; readonly to: number };
}

/** The operands of a call, as byte addresses, and its numbers of images and of their rows. */
export interface CopyCall {
  readonly source: Local;
  readonly target: Local;
  /** At least 1. */
  readonly rows: Operand;
  readonly images: Operand;
}

/** Number of pixels that are transposed together. */
const QUAD = 4;

/** Most quads of a run that are unrolled. */
const UNROLLED = 4;

/** The register that holds 0. */
const ZERO = 8;

/** Assembles a function of a call, in which A is the source and C the target. It returns 0. */
export function assembleInterleave(
  shape: Interleave,
  vectorBytes: VectorBytes,
): readonly number[] {
  const { runs, zeros, row, image } = shape;
  const code = new Assembler(vectorBytes);
  for (const [register, offset] of [["r8", CALL.a], ["r10", CALL.c]] as const) {
    code.load32(register, { base: "rdi", offset }).add(register, "rsi");
  }
  code.load32("r11", { base: "rdi", offset: CALL.tiles }).clearVector(ZERO);
  code.repeat("r11", () => {
    code.move("rax", "r8").move("rcx", "r10").load32("rdx", { base: "rdi", offset: CALL.turns });
    code.repeat("rdx", () => {
      for (const offset of zeros) code.storeVector({ base: "rcx", offset }, ZERO);
      for (const run of runs) assembleRun(code, shape, run, vectorBytes);
      code.addConstant("rax", row.from).addConstant("rcx", row.to);
    });
    code.addConstant("r8", image.from).addConstant("r10", image.to);
  });
  return code.clear32("rax").zeroUpper().return().bytes;
}

function assembleRun(
  code: Assembler,
  shape: Interleave,
  { from, to, count }: PixelRun,
  vectorBytes: VectorBytes,
): void {
  const pixel = { from: 4 * shape.step, to: vectorBytes };
  const quad = (first: number): void =>
    assembleQuad(code, shape, { from: from + pixel.from * first, to: to + pixel.to * first });
  // The last quad may overlap the one before.
  if (count % QUAD !== 0) quad(count - QUAD);
  const quads = Math.floor(count / QUAD);
  if (quads <= UNROLLED) {
    for (let i = 0; i < quads; i++) quad(QUAD * i);
    return;
  }
  code.moveConstant32("rsi", quads).repeat("rsi", () => {
    quad(0);
    code.addConstant("rax", QUAD * pixel.from).addConstant("rcx", QUAD * pixel.to);
  });
  code.addConstant("rax", -QUAD * quads * pixel.from);
  code.addConstant("rcx", -QUAD * quads * pixel.to);
}

/**
 * Assembles the copy of four pixels. Register `i` takes every fourth channel, from channel `i` on, so
 * that a transposition of four by four elements within quarters gives whole pixels.
 */
function assembleQuad(
  code: Assembler,
  { channels, step }: Interleave,
  { from, to }: { from: number; to: number },
): void {
  const load = (target: number, channel: number, pixel: number): void => {
    for (let quarter = 0; quarter < channels.length / 4; quarter++) {
      const offset = from + 4 * pixel + channels[4 * quarter + channel]!;
      if (quarter === 0) code.broadcastQuarter(target, { base: "rax", offset });
      else code.insertQuarter(target, { base: "rax", offset }, quarter);
    }
  };
  for (let channel = 0; channel < 4; channel++) {
    load(channel, channel, 0);
    if (step === 1) continue;
    // The pixels 3 to 6, so that nothing past the last one is read.
    load(channel + 4, channel, 3);
    code.selectPairs(channel, channel, channel + 4, [0, 2, 1, 3]);
  }
  for (const pair of [0, 2]) {
    code.interleaveLow(4 + pair, pair, pair + 1).interleaveHigh(5 + pair, pair, pair + 1);
  }
  for (let pixel = 0; pixel < 4; pixel++) {
    const half = pixel < 2 ? 4 : 5;
    const elements = pixel % 2 === 0 ? [0, 1, 0, 1] as const : [2, 3, 2, 3] as const;
    code.selectPairs(pixel, half, half + 2, elements);
    code.storeVector({ base: "rcx", offset: to + 4 * channels.length * pixel }, pixel);
  }
}

/** The memory that a call accesses. */
export function interleaveSpans(
  { channels, runs, step, zeros, row, image }: Interleave,
  vectorBytes: VectorBytes,
): { readonly source: Span; readonly target: Span } {
  if (channels.length !== LANES[vectorBytes]) {
    throw new Error("Internal: an interleaved copy has a channel for each lane");
  }
  const span = (
    kind: Span["kind"],
    places: readonly (readonly [start: number, end: number])[],
    [perTurn, perTile]: readonly [number, number],
  ): Span => {
    const offset = Math.min(...places.map(([start]) => start));
    const end = Math.max(...places.map(([, end]) => end));
    return { kind, offset, byteLength: end - offset, perTurn, perTile };
  };
  const read = channels.flatMap((channel) =>
    runs.map(({ from, count }) => {
      const start = channel + from;
      return [start, start + 4 * step * (count - 1) + 4] as const;
    })
  );
  const written = [
    ...runs.map(({ to, count }) => [to, to + vectorBytes * count] as const),
    ...zeros.map((to) => [to, to + vectorBytes] as const),
  ];
  return {
    source: span("read", read, [row.from, image.from]),
    target: span("write", written, [row.to, image.to]),
  };
}
