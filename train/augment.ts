import { arange, Tensor, where } from "../autograd/mod.ts";
import { randomBits, streamOf } from "../graph/mod.ts";

/** Pixels by which an image is moved at most [He et al. 2016, §4.2]. */
export const MARGIN = 4;

/** How each image of a batch is moved and mirrored. */
export interface Jitter {
  /** i32 [rows]: by how many pixels the window lies lower than the image, −MARGIN to MARGIN. */
  readonly down: Tensor;
  /** i32 [rows]: by how many pixels it lies to the right. */
  readonly right: Tensor;
  /** bool [rows]: is it mirrored, left to right? */
  readonly mirrored: Tensor;
}

/**
 * Draws how the images of a batch are moved and mirrored: a function of seed, step
 * (i32[]) and position in the batch only, the same on every device.
 */
export function drawJitter(step: Tensor, rows: number, seed: number): Jitter {
  const attrs = { shape: [3, rows], seed, stream: streamOf("augment") };
  const bits = new Tensor(randomBits(step.node, attrs));
  const draw = (row: number) => bits.slice([row, 0], [1, rows]).reshape([rows]);
  const shift = (row: number) => draw(row).mod(2 * MARGIN + 1).cast("i32").sub(MARGIN);
  return { down: shift(0), right: shift(1), mirrored: draw(2).less(2 ** 31) };
}

/** Where the pixels of moved and mirrored images come from. */
export interface Source {
  /** i32, broadcasts to [rows, channels, height, width]. */
  readonly row: Tensor;
  /** i32, likewise. */
  readonly column: Tensor;
  /** bool, likewise: is there a pixel? */
  readonly inside: Tensor;
}

/** For each pixel of [rows, channels, height, width], the pixel that it is taken from. */
export function sourceOf(jitter: Jitter, height: number, width: number): Source {
  const perImage = (x: Tensor) => x.reshape([-1, 1, 1, 1]);
  const rows = arange(height).reshape([height, 1]);
  const columns = arange(width);
  const row = rows.add(perImage(jitter.down));
  const turned = where(perImage(jitter.mirrored), columns.mul(-1).add(width - 1), columns);
  const column = turned.add(perImage(jitter.right));
  const within = (x: Tensor, size: number) => x.greaterEqual(0).and(x.less(size));
  return { row, column, inside: within(row, height).and(within(column, width)) };
}
