/**
 * The innermost loop of a weight gradient: up to 8 vectors of sums in registers while iterating
 * over pixels. Lanes are input channels; rows are output channels.
 */
import type { FunctionBuilder, Local, Operand } from "../wasm/function_builder.ts";
import { emitMultiplyAdd } from "../wasm/vector_idioms.ts";

/** Locals shared by all runs of one function. */
export type RunLocals = ReturnType<typeof declareRunLocals>;

/** Declares {@linkcode RunLocals}. */
export function declareRunLocals(f: FunctionBuilder) {
  return {
    sums: f.locals("v128", 8),
    gradients: f.locals("v128", 4),
    pixels: f.locals("v128", 4),
    broadcast: f.local("v128"),
    /** Address of the first output channel's gradient at the current pixel. */
    gradientAddress: f.local("i32"),
    /** Address of the corresponding pixel in the frame for the tap. */
    pixelAddress: f.local("i32"),
    image: f.local("i32"),
    row: f.local("i32"),
    quad: f.local("i32"),
  };
}

/** One run over all pixels of a block, for one tap. */
interface PixelRun {
  /** Number of output channels: 1 to 4 with two vectors of lanes, 1 to 8 with one. */
  readonly rows: number;
  readonly vectors: 1 | 2;
  readonly width: number;
  readonly images: Local;
  readonly height: Local;
  /** Bytes between the gradients of adjacent output channels. */
  readonly gradientRowBytes: number;
  /** Bytes from the end of a row of pixels in the frame to the start of the next. */
  readonly pixelGap: number;
  /** The same gap between images, for both addresses. */
  readonly pixelImageGap: Operand;
  readonly gradientImageGap: Operand;
  /** Address of the sums to which this run's sums are added, and bytes between their rows. */
  readonly target: Local;
  readonly targetRowBytes: number;
  readonly relaxed: boolean;
}

/**
 * Emits one run. It starts from zero and is added to the block's sums at the end, so that the
 * rounding error of long sums grows with the number of runs instead of the number of pixels.
 */
export function emitPixelRun(f: FunctionBuilder, locals: RunLocals, run: PixelRun): void {
  const { gradientAddress, pixelAddress, image, row, quad } = locals;
  const sums = locals.sums.slice(0, run.rows * run.vectors * copiesOf(run));
  const quads = Math.floor(run.width / 4);
  const pixelBytes = 16 * run.vectors;
  for (const sum of sums) f.i32x4(0).set(sum);
  const turn = (pixels: number): void => {
    emitPixels(f, locals, run, pixels);
    f.advance(gradientAddress, 4 * pixels);
    f.advance(pixelAddress, pixelBytes * pixels);
  };
  f.for(image, 0, run.images, 1, () => {
    f.for(row, 0, run.height, 1, () => {
      if (quads === 1) turn(4);
      else f.for(quad, 0, quads, 1, () => turn(4));
      if (run.width % 4 !== 0) turn(run.width % 4);
      f.advance(pixelAddress, run.pixelGap);
    });
    f.advance(gradientAddress, run.gradientImageGap);
    f.advance(pixelAddress, run.pixelImageGap);
  });
  emitAddition(f, locals, run);
}

/**
 * Number of accumulators per sum. Several if there are few sums, to hide the latency of the
 * additions.
 */
export function copiesOf({ rows, vectors }: Pick<PixelRun, "rows" | "vectors">): number {
  return Math.min(4, Math.floor(8 / (rows * vectors)));
}

function sumOf(
  { sums }: RunLocals,
  run: PixelRun,
  [row, vector, pixel]: readonly [number, number, number],
): Local {
  const copies = copiesOf(run);
  return sums[(row * run.vectors + vector) * copies + pixel % copies]!;
}

function emitPixels(f: FunctionBuilder, locals: RunLocals, run: PixelRun, count: number): void {
  const { gradients, pixels, broadcast, gradientAddress, pixelAddress } = locals;
  const loadGradient = (row: number, gradient: Local): void => {
    f.get(gradientAddress).memory("v128.load", row * run.gradientRowBytes).set(gradient);
  };
  const loadPixel = (index: number, pixel: Local): void => {
    f.get(pixelAddress).memory("v128.load", 16 * index).set(pixel);
  };
  const add = (
    gradient: Local,
    [row, vector, pixel]: readonly [number, number, number],
    b: Local,
  ) => {
    if (vector === 0) {
      f.get(gradient, gradient).shuffle32(pixel, pixel, pixel, pixel).set(broadcast);
    }
    const sum = sumOf(locals, run, [row, vector, pixel]);
    emitMultiplyAdd(f, run.relaxed, { sum, a: broadcast, b });
  };
  if (run.vectors === 1) {
    for (let pixel = 0; pixel < count; pixel++) loadPixel(pixel, pixels[pixel]!);
    for (let row = 0; row < run.rows; row++) {
      loadGradient(row, gradients[0]!);
      for (let pixel = 0; pixel < count; pixel++) {
        add(gradients[0]!, [row, 0, pixel], pixels[pixel]!);
      }
    }
    return;
  }
  for (let row = 0; row < run.rows; row++) loadGradient(row, gradients[row]!);
  for (let pixel = 0; pixel < count; pixel++) {
    for (const vector of [0, 1]) loadPixel(2 * pixel + vector, pixels[vector]!);
    for (let row = 0; row < run.rows; row++) {
      for (const vector of [0, 1]) add(gradients[row]!, [row, vector, pixel], pixels[vector]!);
    }
  }
}

function emitAddition(f: FunctionBuilder, locals: RunLocals, run: PixelRun): void {
  const copies = copiesOf(run);
  for (let row = 0; row < run.rows; row++) {
    for (let vector = 0; vector < run.vectors; vector++) {
      const offset = row * run.targetRowBytes + 16 * vector;
      f.get(run.target, run.target).memory("v128.load", offset);
      for (let copy = 0; copy < copies; copy++) {
        f.get(sumOf(locals, run, [row, vector, copy])).op("f32x4.add");
      }
      f.memory("v128.store", offset);
    }
  }
}
