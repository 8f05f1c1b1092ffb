/**
 * Safetensors files with a checksum. The metadata contain a SHA-256 of the whole file, computed with
 * zeros in place of its own digits.
 * @module
 */
import { viewOf } from "./bytes.ts";
import { SafetensorsError } from "./errors.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  metadataEntries,
  type SafetensorsFile,
  type SafetensorsMetadata,
} from "./safetensors.ts";
import { sha256 } from "./sha256.ts";
import type { TensorData } from "./tensor_data.ts";

/** The key of the checksum in `__metadata__`. */
const KEY = "gspace.sha256";

const DIGITS = 64;

/** The contents of a file, and whether it has a checksum. */
export interface CheckedSafetensors extends SafetensorsFile {
  /** Whether the file has a valid checksum. Files of other programs have none. */
  readonly isChecked: boolean;
}

/**
 * Encodes tensors as a safetensors file with a checksum. Other programs can read it as usual.
 *
 * @throws {SafetensorsError} as {@link encodeSafetensors}
 *
 * @example A flipped bit is detected
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import {
 *   decodeCheckedSafetensors,
 *   encodeCheckedSafetensors,
 *   fromTyped,
 *   SafetensorsError,
 * } from "./mod.ts";
 *
 * const file = await encodeCheckedSafetensors(new Map([["x", fromTyped(Float32Array.of(1), [1])]]));
 * file.set([0, 0, 0x80, 0x3e], file.length - 4); // 0.25 in the place of 1
 * await assertRejects(() => decodeCheckedSafetensors(file), SafetensorsError, "checksum");
 * ```
 */
export async function encodeCheckedSafetensors(
  tensors: ReadonlyMap<string, TensorData>,
  metadata: SafetensorsMetadata = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Map([...metadataEntries(metadata), [KEY, "0".repeat(DIGITS)]]);
  const file = encodeSafetensors(tensors, all);
  const place = placeOfChecksum(file);
  place.set(new TextEncoder().encode(await sha256(file)));
  return file;
}

/**
 * Decodes a safetensors file, and verifies its checksum if it has one.
 *
 * @throws {SafetensorsError} as {@link decodeSafetensors}, or if the checksum does not match
 */
export async function decodeCheckedSafetensors(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<CheckedSafetensors> {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const stated = metadata.get(KEY);
  if (stated === undefined) return { tensors, metadata, isChecked: false };
  metadata.delete(KEY);
  const place = placeOfChecksum(bytes);
  const digits = place.slice();
  place.fill(0x30);
  const actual = sha256(bytes); // copies the bytes synchronously
  place.set(digits);
  if (await actual === stated) return { tensors, metadata, isChecked: true };
  throw new SafetensorsError(
    "Cannot read safetensors file: its checksum must match: the file was damaged, or changed by " +
      "another program, after it was written",
  );
}

/** A view of the checksum's digits. Text in a header has no unescaped quotes. */
function placeOfChecksum(file: Uint8Array): Uint8Array {
  const before = new TextEncoder().encode(`"${KEY}":"`);
  const last = 8 + Number(viewOf(file).getBigUint64(0, true)) - before.length - DIGITS;
  for (let at = 8; at <= last; at++) {
    if (before.every((byte, i) => file[at + i] === byte)) {
      return file.subarray(at + before.length, at + before.length + DIGITS);
    }
  }
  throw new SafetensorsError(
    `Cannot read safetensors file: the checksum "${KEY}" must have ${DIGITS} digits and no space ` +
      "before it",
  );
}
