import type { Tensor } from "../autograd/mod.ts";
import {
  checkOption,
  either,
  formatType,
  listOf,
  nonNegativeWhole,
  pairOf,
  ShapeError,
  type ValueRule,
} from "../graph/mod.ts";
import { Module } from "./module.ts";
import { ConstantPad2d, type Pad2d, ReflectionPad2d, ReplicationPad2d } from "./padding.ts";
import { mustBeTensor } from "./_input.ts";

/** Elements to add on both sides, or [left, right], as in PyTorch. */
export type Padding1d = number | readonly [number, number];

const paddingRule: ValueRule = either(nonNegativeWhole, {
  ...listOf(nonNegativeWhole, 2),
  text: "a pair of them: [left, right]",
});

/** Base class of the layers that add elements to sequences [n, c, length]. */
export abstract class Pad1d extends Module {
  /** Elements that are added: [left, right]. */
  readonly padding: readonly [number, number];
  readonly #images: Pad2d;

  /** `padding`: elements on both sides, or [left, right]. `ofImages` makes the layer for images. */
  constructor(
    padding: Padding1d,
    ofImages: (padding: readonly [number, number, number, number]) => Pad2d,
  ) {
    super();
    checkOption(`make a ${new.target.name} layer`, { padding }, paddingRule);
    const [left, right] = pairOf(padding);
    this.padding = [left, right];
    this.#images = ofImages([left, right, 0, 0]);
  }

  /**
   * Adds the elements.
   * @throws {ShapeError} if the sequences are too short
   */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    if (x.rank === 3) return this.#images.forward(x.unsqueeze(2)).squeeze(2);
    throw new ShapeError(
      `Cannot apply "${this.label}" to ${formatType(x.node.type)}: it must be [n, c, length]`,
    );
  }
}

/** Adds elements of one value, as PyTorch's `ConstantPad1d`. */
export class ConstantPad1d extends Pad1d {
  /** `padding`: elements on both sides, or [left, right]. */
  constructor(padding: Padding1d, value: number) {
    super(padding, (all) => new ConstantPad2d(all, value));
  }
}

/** Adds elements that are 0, as PyTorch's `ZeroPad1d`. */
export class ZeroPad1d extends ConstantPad1d {
  /** `padding`: elements on both sides, or [left, right]. */
  constructor(padding: Padding1d) {
    super(padding, 0);
  }
}

/** Adds the mirrored sequence without its end: c b | a b c | b a. As PyTorch's `ReflectionPad1d`. */
export class ReflectionPad1d extends Pad1d {
  /** `padding`: elements on both sides, or [left, right]. */
  constructor(padding: Padding1d) {
    super(padding, (all) => new ReflectionPad2d(all));
  }
}

/** Repeats the elements at the ends: a a | a b c | c c. As PyTorch's `ReplicationPad1d`. */
export class ReplicationPad1d extends Pad1d {
  /** `padding`: elements on both sides, or [left, right]. */
  constructor(padding: Padding1d) {
    super(padding, (all) => new ReplicationPad2d(all));
  }
}
