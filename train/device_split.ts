import { arange, type Tensor, Variable, where, zeros } from "../autograd/mod.ts";
import {
  checkLabels,
  type Dataset,
  features,
  type Normalization,
  type SampleColumn,
  sampleSize,
  type Split,
} from "../datasets/mod.ts";
import {
  byteLength,
  checkOptions,
  elementCount,
  formatType,
  MOST_ELEMENTS,
  nonEmptyText,
  type OptionRules,
  positiveWhole,
  type Shape,
  ShapeError,
  shapeSizes,
} from "../graph/mod.ts";
import { type Jitter, marginOf, sourceOf } from "./augment.ts";
import type { BatchInputs } from "./batch_model.ts";
import { normalize } from "./normalize.ts";

/** Consecutive samples of a split, in one device buffer. */
export interface DevicePiece {
  /** Number of the first sample. */
  readonly start: number;
  /** u8 or f32 [samples, …shape]. */
  readonly x: Variable;
}

/** The contents of a `DeviceSplit`. */
export interface DeviceSplitParts {
  /** Number of samples. */
  readonly count: number;
  /** Shape of one sample, as the model takes it. */
  readonly shape: Shape;
  /** The samples, in as many buffers as they need. */
  readonly pieces: readonly DevicePiece[];
  /** i32 [count]: the labels. */
  readonly y: Variable;
  /** Further inputs of the samples by name, [count, …]. Default: none. */
  readonly inputs?: ReadonlyMap<string, Variable>;
  /** How to normalize u8 samples. f32 samples are normalized already. */
  readonly normalization?: Normalization;
}

/**
 * One split of a dataset in device memory. Samples of bytes are stored as bytes and normalized when
 * a batch is taken; others are stored as normalized f32. A split that is too large for one buffer is
 * stored in several.
 */
export class DeviceSplit implements Disposable {
  /** Number of samples. */
  readonly count: number;
  /** i32 [count]: the labels. */
  readonly y: Variable;
  readonly #parts: DeviceSplitParts;

  /** Use `placeSplit`. */
  constructor(parts: DeviceSplitParts) {
    this.count = parts.count;
    this.y = parts.y;
    this.#parts = parts;
  }

  /** Number of buffers that hold the samples. */
  get pieces(): number {
    return this.#parts.pieces.length;
  }

  /** Whether there are further inputs, which a model takes as `{ x, …inputs }`. */
  get hasInputs(): boolean {
    return this.#parts.inputs !== undefined;
  }

  /**
   * What a model takes: the features `x` of the samples `index` (i32 [rows]), with the further inputs
   * of these samples, if there are any.
   */
  inputsOf(index: Tensor, x: Tensor = this.batch(index)): BatchInputs {
    const named = x.named("batch");
    const { inputs } = this.#parts;
    if (!inputs) return named;
    const rows = [...inputs].map(([name, all]) => [name, all.gather(index).named(name)] as const);
    return { x: named, ...Object.fromEntries(rows) };
  }

  /** Largest shift of its images that `augment` makes, in pixels. */
  get margin(): number {
    return marginOf(this.#parts.shape);
  }

  /** f32 [rows, …shape]: the features of the samples `index` (i32 [rows]). */
  batch(index: Tensor): Tensor {
    return this.#normalize(this.#select(index, (x, local) => x.gather(local)));
  }

  /**
   * Like `batch`, for images [channels, height, width] that are shifted, with 0 around them, and
   * flipped.
   * @throws {ShapeError} if the samples are not images
   */
  jittered(index: Tensor, jitter: Jitter): Tensor {
    const { shape } = this.#parts;
    const [channels, height, width] = shape;
    if (shape.length !== 3 || !channels || !height || !width) {
      throw new ShapeError(
        "Cannot shift and flip samples: they must be images [channels, height, width]: current " +
          `shape is [${shape.join(", ")}]`,
      );
    }
    const { row, column, inside } = sourceOf(jitter, height, width);
    const channel = arange(channels).reshape([channels, 1, 1]);
    const pixels = this.#select(
      index.reshape([-1, 1, 1, 1]),
      (x, sample) => x.elementsAt([sample, channel, row, column]),
    );
    return where(inside, this.#normalize(pixels), zeros([]));
  }

  /** Takes each sample from its piece. `take` gets a piece and positions in it. */
  #select(index: Tensor, take: (x: Tensor, local: Tensor) => Tensor): Tensor {
    const { pieces, shape } = this.#parts;
    // positions outside of a piece are clamped, so each piece gives a value; the right one is chosen
    return pieces.map(({ start, x }) => ({
      start,
      value: take(x, start === 0 ? index : index.sub(start)).cast("f32"),
    })).reduce((before, { start, value }) => ({
      start,
      value: where(index.less(start).reshape([-1, ...shape.map(() => 1)]), before.value, value),
    })).value;
  }

  #normalize(raw: Tensor): Tensor {
    const { normalization, shape } = this.#parts;
    return normalization ? normalize(raw, shape, normalization) : raw;
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    for (const { x } of this.#parts.pieces) x[Symbol.dispose]();
    for (const input of this.#parts.inputs?.values() ?? []) input[Symbol.dispose]();
    this.y[Symbol.dispose]();
  }
}

/** Options for `placeSplit`. */
export interface PlaceOptions {
  /** Shape of one sample, as the model takes it. */
  readonly shape: Shape;
  /** Name in error messages and device labels. */
  readonly name: string;
  /** Largest size of one buffer, in bytes: `backend.limits.bytesPerSlot`. */
  readonly bytesPerBuffer: number;
}

const placeRules: OptionRules<PlaceOptions> = {
  shape: shapeSizes,
  name: nonEmptyText,
  bytesPerBuffer: positiveWhole,
};

/**
 * Wraps a split in variables. The samples are copied to the device when they are first used, so do
 * not change the arrays before.
 * @throws {DatasetError} if a label is not a class of the dataset
 * @throws {ShapeError} if the shape does not have as many elements as a sample, or a further input
 *   does not have one row per sample
 */
export function placeSplit(dataset: Dataset, split: Split, options: PlaceOptions): DeviceSplit {
  checkOptions("place a split on a device", options, placeRules);
  const { shape, name, bytesPerBuffer } = options;
  const { count, x, y } = split;
  const found = sampleSize(dataset);
  checkLabels(dataset, split, `"${name}"`);
  const size = elementCount(shape);
  if (size !== found) {
    throw new ShapeError(
      `Cannot place "${name}" on a device: shape must have the ${found} elements of a sample: ` +
        `current is [${shape.join(", ")}]`,
    );
  }
  const dtype = x instanceof Uint8Array ? "u8" : "f32";
  const fitting = Math.min(bytesPerBuffer / byteLength({ dtype, shape }), MOST_ELEMENTS / size);
  const largest = Math.max(1, Math.floor(fitting));
  const pieces = Array.from(
    { length: Math.max(1, Math.ceil(count / largest)) },
    (_, i): DevicePiece => {
      const start = i * largest;
      const samples = Math.min(largest, count - start);
      const raw = x.subarray(start * size, (start + samples) * size);
      const values = () =>
        raw instanceof Uint8Array ? raw : features(dataset, { x: raw, y, count: samples });
      const label = i === 0 ? `${name}.x` : `${name}.x.${i}`;
      return { start, x: new Variable(label, { dtype, shape: [samples, ...shape] }, values) };
    },
  );
  return new DeviceSplit({
    count,
    shape: [...shape],
    pieces,
    y: new Variable(`${name}.y`, { dtype: "i32", shape: [count] }, () => y),
    ...(split.inputs && { inputs: placeInputs(split.inputs, count, name) }),
    ...(dtype === "u8" && { normalization: dataset.normalization }),
  });
}

function placeInputs(
  inputs: Readonly<Record<string, SampleColumn>>,
  count: number,
  split: string,
): ReadonlyMap<string, Variable> {
  const placed = Object.entries(inputs).map(([name, { values, shape }]) => {
    const type = { dtype: dtypeOf(values), shape: [count, ...shape] } as const;
    if (name === "x" || values.length !== elementCount(type.shape)) {
      throw new ShapeError(
        `Cannot place the input "${name}" of "${split}" on a device: it must have another name than ` +
          `"x", and ${formatType(type)} has ${
            elementCount(type.shape)
          } elements: current number is ` +
          `${values.length}`,
      );
    }
    return [name, new Variable(`${split}.${name}`, type, () => values)] as const;
  });
  return new Map(placed);
}

function dtypeOf(values: SampleColumn["values"]): "f32" | "i32" | "u8" {
  return values instanceof Float32Array ? "f32" : values instanceof Int32Array ? "i32" : "u8";
}
