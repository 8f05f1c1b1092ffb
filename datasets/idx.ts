/**
 * MNIST's idx format: a shape and unsigned bytes.
 *
 * | bytes | meaning |
 * | --- | --- |
 * | 0, 1 | zero |
 * | 2 | type of the values; only 8, unsigned bytes, is supported |
 * | 3 | number of axes |
 * | 4 … | the size of each axis, 32 bits, big-endian |
 * | then | the values, row-major |
 * @module
 */
import { viewOf } from "../checkpoint/bytes.ts";
import { DatasetError } from "./dataset.ts";

/** An array of unsigned bytes. */
interface IdxArray {
  /** Size of each axis. */
  readonly shape: readonly number[];
  /** The values, a view of the file's bytes. */
  readonly values: Uint8Array;
}

/**
 * Parses an idx file of unsigned bytes.
 *
 * @param file name of the file, for error messages
 * @throws {DatasetError} if magic, rank, or length are invalid
 */
export function parseIdx(
  bytes: Uint8Array,
  { dataset, file, rank }: {
    readonly dataset: string;
    readonly file: string;
    readonly rank: number;
  },
): IdxArray {
  const refuse = (rule: string, current: string) =>
    new DatasetError(
      dataset,
      `Cannot read "${file}" of dataset "${dataset}": ${rule}: current ${current}`,
    );
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) {
    throw refuse(`its header has ${headerBytes} bytes`, `length is ${bytes.length}`);
  }
  if (bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 8 || bytes[3] !== rank) {
    const found = [...bytes.subarray(0, 4)].join(" ");
    throw refuse(`an idx file of bytes with ${rank} axes begins with 0 0 8 ${rank}`, found);
  }
  const view = viewOf(bytes);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  // Exact, unlike a product of doubles: the product of three sizes can reach 2^96.
  const count = shape.reduce((product, size) => product * BigInt(size), 1n);
  if (count + BigInt(headerBytes) !== BigInt(bytes.length)) {
    throw refuse(
      `an array of [${shape.join(", ")}] takes ${count + BigInt(headerBytes)} bytes`,
      `length is ${bytes.length}`,
    );
  }
  return { shape, values: bytes.slice(headerBytes) };
}
