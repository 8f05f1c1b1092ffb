import { arange, type Tensor, Variable, where, zeros } from "../autograd/mod.ts";
import {
  checkLabels,
  type Dataset,
  features,
  type Normalization,
  type Split,
} from "../datasets/mod.ts";
import { byteLength, elementCount, MOST_ELEMENTS, type Shape } from "../graph/mod.ts";
import { type Jitter, sourceOf } from "./augment.ts";
import { normalize } from "./normalize.ts";

/** Consecutive samples of a split, in one buffer of the device. */
interface Piece {
  /** Number of the first sample. */
  readonly start: number;
  /** u8 or f32 [samples, …shape]. */
  readonly x: Variable;
}

/** What a `DeviceSplit` is made of. */
export interface DeviceSplitParts {
  /** Number of samples. */
  readonly count: number;
  /** Shape of one sample, as the model takes it. */
  readonly shape: Shape;
  readonly pieces: readonly Piece[];
  /** i32 [count]. */
  readonly y: Variable;
  /** How u8 samples become features; f32 samples are features. */
  readonly normalization?: Normalization;
}

/**
 * One split of a dataset, kept on the device for the whole run: bytes as bytes, other
 * numbers as f32 features. A split that is larger than a buffer may be lies in several.
 */
export class DeviceSplit implements Disposable {
  /** Number of samples. */
  readonly count: number;
  /** i32 [count]. */
  readonly y: Variable;
  readonly #parts: DeviceSplitParts;

  constructor(parts: DeviceSplitParts) {
    this.count = parts.count;
    this.y = parts.y;
    this.#parts = parts;
  }

  /** Number of buffers that the samples lie in. */
  get pieces(): number {
    return this.#parts.pieces.length;
  }

  /** f32 [rows, …shape]: the features of the samples `index` (i32 [rows]). */
  batch(index: Tensor): Tensor {
    return this.#normalize(this.#select(index, (x, local) => x.gather(local)));
  }

  /** The same of images [channels, height, width] that are moved and mirrored, 0 around them. */
  jittered(index: Tensor, jitter: Jitter): Tensor {
    const [channels, height, width] = this.#parts.shape as [number, number, number];
    const { row, column, inside } = sourceOf(jitter, height, width);
    const channel = arange(channels).reshape([channels, 1, 1]);
    const pixels = this.#select(
      index.reshape([-1, 1, 1, 1]),
      (x, sample) => x.elementsAt([sample, channel, row, column]),
    );
    return where(inside, this.#normalize(pixels), zeros([]));
  }

  /** Takes samples from the piece that each is in; `take` gets a piece and positions in it. */
  #select(index: Tensor, take: (x: Tensor, local: Tensor) => Tensor): Tensor {
    const { pieces, shape } = this.#parts;
    // every piece gives something, as positions outside are clamped, and the right one is chosen
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
    this.y[Symbol.dispose]();
  }
}

/** How a split is put on a device. */
export interface PlaceOptions {
  /** Shape of one sample, as the model takes it. */
  readonly shape: Shape;
  /** For messages and device labels. */
  readonly name: string;
  /** Most bytes that one buffer may take. */
  readonly bytesPerBuffer: number;
}

/**
 * Wraps a split in variables, which go to the device when they are first used.
 * @throws {DatasetError} if a label is no class
 */
export function placeSplit(dataset: Dataset, split: Split, options: PlaceOptions): DeviceSplit {
  const { shape, name, bytesPerBuffer } = options;
  const { count, x, y } = split;
  checkLabels(dataset, split, `"${name}"`);
  const size = elementCount(shape);
  const dtype = x instanceof Uint8Array ? "u8" : "f32";
  const fitting = Math.min(bytesPerBuffer / byteLength({ dtype, shape }), MOST_ELEMENTS / size);
  const largest = Math.max(1, Math.floor(fitting));
  const pieces = Array.from({ length: Math.max(1, Math.ceil(count / largest)) }, (_, i): Piece => {
    const start = i * largest;
    const samples = Math.min(largest, count - start);
    const raw = x.subarray(start * size, (start + samples) * size);
    const values = () =>
      raw instanceof Uint8Array ? raw : features(dataset, { x: raw, y, count: samples });
    const label = i === 0 ? `${name}.x` : `${name}.x.${i}`;
    return { start, x: new Variable(label, { dtype, shape: [samples, ...shape] }, values) };
  });
  return new DeviceSplit({
    count,
    shape,
    pieces,
    y: new Variable(`${name}.y`, { dtype: "i32", shape: [count] }, () => y),
    ...(dtype === "u8" && { normalization: dataset.normalization }),
  });
}
