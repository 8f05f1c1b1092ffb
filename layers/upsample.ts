import { type Tensor, tensor } from "../autograd/mod.ts";
import {
  checkOption,
  checkOptions,
  formatType,
  oneOf,
  optional,
  type OptionRules,
  positiveWhole,
  ShapeError,
  trueOrFalse,
} from "../graph/mod.ts";
import { Module } from "./module.ts";
import { mustBeTensor } from "./_input.ts";

/** Options for `Upsample`. */
export interface UpsampleOptions {
  /** Whether to repeat pixels, or to interpolate between four of them. Default: "nearest". */
  readonly mode?: "nearest" | "bilinear";
  /** Whether "bilinear" maps the outer pixels' centers to each other. Default: false. */
  readonly alignCorners?: boolean;
}

const rules: OptionRules<UpsampleOptions> = {
  mode: optional(oneOf(["nearest", "bilinear"])),
  alignCorners: optional(trueOrFalse),
};

/**
 * Enlarges images by a whole factor, as PyTorch's `Upsample`.
 *
 * Output row i is taken at the position (i + 1/2) / scale − 1/2 of the input, within its first and
 * last row, or with `alignCorners` at i · (h − 1) / (h · scale − 1). Between rows, "bilinear" mixes
 * the two next to it. It does the same with columns.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openBackend, tensor, Upsample } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * const layer = new Upsample(2, { mode: "bilinear" });
 * const y = layer.forward(tensor([[[[0, 4]]]]));
 * assertEquals([...await y.data({ backend })], [0, 1, 3, 4, 0, 1, 3, 4]);
 * ```
 */
export class Upsample extends Module {
  /** Scale factor of height and width. */
  readonly scale: number;
  readonly #mode: "nearest" | "bilinear";
  readonly #alignCorners: boolean;

  /** `scale`: factor by which height and width grow, a positive integer. */
  constructor(scale: number, options: UpsampleOptions = {}) {
    super();
    const action = "make an Upsample layer";
    checkOption(action, { scale }, positiveWhole);
    checkOptions(action, options, rules);
    const { mode = "nearest", alignCorners = false } = options;
    if (alignCorners && mode === "nearest") {
      throw new RangeError(
        `Cannot ${action}: alignCorners needs the mode "bilinear": current is "nearest"`,
      );
    }
    this.scale = scale;
    this.#mode = mode;
    this.#alignCorners = alignCorners;
  }

  /** [n, c, h, w] → [n, c, h · scale, w · scale]. */
  override forward(x: Tensor): Tensor {
    mustBeTensor(x, this.label);
    if (x.rank !== 4) {
      throw new ShapeError(`Cannot upsample ${formatType(x.node.type)}: it must be [n, c, h, w]`);
    }
    if (this.#mode === "nearest") return this.#repeat(x);
    return this.#interpolate(this.#interpolate(x, 2), 3);
  }

  #repeat(x: Tensor): Tensor {
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const spread = x.reshape([n, c, h, 1, w, 1])
      .broadcastTo([n, c, h, this.scale, w, this.scale]);
    return spread.reshape([n, c, h * this.scale, w * this.scale]);
  }

  /** Mixes two neighbors along an axis for each position of the result. */
  #interpolate(x: Tensor, axis: number): Tensor {
    const size = x.shape[axis]!;
    if (size === 0) {
      throw new ShapeError(
        `Cannot upsample ${formatType(x.node.type)}: the image must have at least one pixel`,
      );
    }
    const positions = Array.from({ length: size * this.scale }, (_, i) => this.#position(i, size));
    const before = positions.map(Math.floor);
    const after = before.map((index) => Math.min(index + 1, size - 1));
    const at = (indices: readonly number[]) =>
      x.gather(tensor(Int32Array.from(indices), [indices.length]), axis);
    const trailing = x.shape.slice(axis + 1).map(() => 1);
    const weights = (values: readonly number[]) =>
      tensor([...values], [values.length, ...trailing]);
    const shares = positions.map((position, i) => position - before[i]!);
    return at(before).mul(weights(shares.map((share) => 1 - share)))
      .add(at(after).mul(weights(shares)));
  }

  #position(i: number, size: number): number {
    if (this.#alignCorners) return size === 1 ? 0 : i * (size - 1) / (size * this.scale - 1);
    return Math.min(Math.max((i + 0.5) / this.scale - 0.5, 0), size - 1);
  }
}
