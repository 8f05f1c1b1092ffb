/**
 * The pixels of a dataset while its images are decoded: one array for each part, and no copies.
 * @module
 */
import type { PixelImage } from "../formats/mod.ts";
import { invalidData } from "./invalid_data.ts";

/** u8 [count, channels, height, width] for each part. All images have the size of the first one. */
export class PixelStore<Part> {
  readonly #counts: ReadonlyMap<Part, number>;
  readonly #dataset: string;
  readonly #arrays = new Map<Part, Uint8Array>();
  #shape: readonly [channels: number, height: number, width: number] = [0, 0, 0];
  #isReleased = false;

  /** Creates the store for as many images of each part. */
  constructor(counts: ReadonlyMap<Part, number>, dataset: string) {
    this.#counts = counts;
    this.#dataset = dataset;
  }

  /** `[channels, height, width]`; zeros before the first image. */
  get sampleShape(): readonly number[] {
    return this.#shape;
  }

  /** Stores an image, channels first. A color image makes all earlier gray ones color. */
  put(part: Part, index: number, image: PixelImage): void {
    if (this.#isReleased) return;
    const { width, height, channels, data } = image;
    const [before] = this.#shape;
    if (before < channels) this.#allocate([channels, height, width]);
    const [stored] = this.#shape;
    const array = this.#arrays.get(part)!;
    const area = width * height;
    for (let channel = 0; channel < stored; channel++) {
      const start = (index * stored + channel) * area;
      const from = stored === channels ? channel : 0;
      for (let pixel = 0; pixel < area; pixel++) {
        array[start + pixel] = data[pixel * channels + from]!;
      }
    }
  }

  /** The images with these indices, in order. Their rows move to the front of the array. */
  take(part: Part, indices: Int32Array): Uint8Array {
    const array = this.#arrays.get(part) ?? new Uint8Array();
    const size = this.#shape.reduce((product, each) => product * each, 1);
    indices.forEach((from, to) => {
      if (from !== to) array.copyWithin(to * size, from * size, (from + 1) * size);
    });
    return array.subarray(0, indices.length * size);
  }

  /** Frees the pixels, when an error is certain. */
  release(): void {
    this.#isReleased = true;
    this.#arrays.clear();
  }

  #allocate(shape: readonly [number, number, number]): void {
    const [channels, height, width] = shape;
    const area = height * width;
    for (const [part, count] of this.#counts) {
      const gray = this.#arrays.get(part);
      const array = this.#newArray(count * channels * area);
      for (let image = 0; gray !== undefined && image < count; image++) {
        const pixels = gray.subarray(image * area, (image + 1) * area);
        for (let c = 0; c < channels; c++) array.set(pixels, (image * channels + c) * area);
      }
      this.#arrays.set(part, array);
    }
    this.#shape = shape;
  }

  #newArray(length: number): Uint8Array {
    try {
      return new Uint8Array(length);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      const size = `${(length / 1e9).toFixed(1)} GB`;
      throw invalidData(this.#dataset, "its pixels must fit into memory", `size is ${size}`);
    }
  }
}
