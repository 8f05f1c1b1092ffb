import { type Tensor, tensor } from "../autograd/mod.ts";
import {
  checkOption,
  either,
  formatType,
  listOf,
  literalOf,
  nonNegativeWhole,
  ShapeError,
  type ValueRule,
} from "../graph/mod.ts";
import { Module } from "./module.ts";
import { mustBeTensor } from "./_input.ts";

/** Pixels to add on all sides, or [left, right, top, bottom], as in PyTorch. */
export type Padding2d = number | readonly [number, number, number, number];

const paddingRule: ValueRule = either(nonNegativeWhole, {
  ...listOf(nonNegativeWhole, 4),
  text: "a list of 4 of them: [left, right, top, bottom]",
});

/** Base class of the layers that add pixels to images [n, c, h, w]. */
export abstract class Pad2d extends Module {
  /** Pixels that are added: [left, right, top, bottom]. */
  readonly padding: readonly [number, number, number, number];

  /** `padding`: pixels on all sides, or [left, right, top, bottom]. */
  constructor(padding: Padding2d) {
    super();
    checkOption(`make a ${new.target.name} layer`, { padding }, paddingRule);
    this.padding = typeof padding === "number"
      ? [padding, padding, padding, padding]
      : [...padding];
  }

  /** Refuses what is no batch of images. */
  protected mustBeImages(x: Tensor): void {
    mustBeTensor(x, this.label);
    if (x.rank === 4) return;
    throw new ShapeError(
      `Cannot apply "${this.label}" to ${formatType(x.node.type)}: it must be [n, c, h, w]`,
    );
  }
}

/**
 * Adds pixels of one value: [n, c, h, w] → [n, c, top + h + bottom, left + w + right], as PyTorch's
 * `ConstantPad2d`.
 */
export class ConstantPad2d extends Pad2d {
  /** The value of the added pixels. */
  readonly value: number;

  /** `padding`: pixels on all sides, or [left, right, top, bottom]. */
  constructor(padding: Padding2d, value: number) {
    super(padding);
    checkOption(`make a ${new.target.name} layer`, { value }, literalOf("f32"));
    this.value = value;
  }

  /** Adds the pixels. */
  override forward(x: Tensor): Tensor {
    this.mustBeImages(x);
    const [left, right, top, bottom] = this.padding;
    return x.pad([0, 0, top, left], [0, 0, bottom, right], { value: this.value });
  }
}

/**
 * Adds pixels that are 0, as PyTorch's `ZeroPad2d`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openBackend, tensor, ZeroPad2d } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const y = new ZeroPad2d([1, 0, 0, 1]).forward(tensor([[[[5]]]]));
 * assertEquals([...await y.data({ backend })], [0, 5, 0, 0]);
 * ```
 */
export class ZeroPad2d extends ConstantPad2d {
  /** `padding`: pixels on all sides, or [left, right, top, bottom]. */
  constructor(padding: Padding2d) {
    super(padding, 0);
  }
}

/** Base class of the layers that pad with pixels of the image. */
export abstract class CopyPad2d extends Pad2d {
  /** The index in [0, size) of the pixel to take for a position outside. */
  protected abstract source(position: number, size: number): number;

  /** The largest padding of an axis. */
  protected abstract most(size: number): number;

  /**
   * Adds the pixels.
   * @throws {ShapeError} if the image is too small
   */
  override forward(x: Tensor): Tensor {
    this.mustBeImages(x);
    const [left, right, top, bottom] = this.padding;
    return this.#extend(this.#extend(x, 2, top, bottom), 3, left, right);
  }

  #extend(x: Tensor, axis: number, before: number, after: number): Tensor {
    if (before === 0 && after === 0) return x;
    const size = x.shape[axis]!;
    if (Math.max(before, after) > this.most(size)) {
      throw new ShapeError(
        `Cannot apply "${this.label}" to ${formatType(x.node.type)}: the padding of axis ${axis} ` +
          `must be at most ${this.most(size)}: current are ${before} and ${after}`,
      );
    }
    const indices = Int32Array.from(
      { length: before + size + after },
      (_, i) => this.source(i - before, size),
    );
    return x.gather(tensor(indices, [indices.length]), axis);
  }
}

/**
 * Adds the pixels of the mirrored image, without its edge: c b | a b c | b a. As PyTorch's
 * `ReflectionPad2d`. The padding must be smaller than the image.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openBackend, ReflectionPad2d, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const y = new ReflectionPad2d([2, 1, 0, 0]).forward(tensor([[[[1, 2, 3]]]]));
 * assertEquals([...await y.data({ backend })], [3, 2, 1, 2, 3, 2]);
 * ```
 */
export class ReflectionPad2d extends CopyPad2d {
  /** Mirrored at the first or at the last pixel. */
  protected override source(position: number, size: number): number {
    return position < 0 ? -position : position < size ? position : 2 * (size - 1) - position;
  }

  /** All pixels but the one at the edge. */
  protected override most(size: number): number {
    return Math.max(size - 1, 0);
  }
}

/**
 * Repeats the pixels at the edge: a a | a b c | c c. As PyTorch's `ReplicationPad2d`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openBackend, ReplicationPad2d, tensor } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const y = new ReplicationPad2d([2, 1, 0, 0]).forward(tensor([[[[1, 2]]]]));
 * assertEquals([...await y.data({ backend })], [1, 1, 1, 2, 2]);
 * ```
 */
export class ReplicationPad2d extends CopyPad2d {
  /** The nearest pixel. */
  protected override source(position: number, size: number): number {
    return Math.min(Math.max(position, 0), size - 1);
  }

  /** Any padding, if there is a pixel. */
  protected override most(size: number): number {
    return size === 0 ? 0 : Infinity;
  }
}
