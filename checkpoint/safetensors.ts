/**
 * Reads and writes the safetensors format.
 *
 * A file consists of 8 bytes of header length (little-endian), that many bytes of JSON, and the
 * tensors' bytes without gaps or overlaps. Reading runs no code. Memory use is proportional to the
 * file's size, regardless of the sizes that the header claims.
 * @module
 */
import { viewOf } from "./bytes.ts";
import { quoteName, SafetensorsError } from "./errors.ts";
import { type HeaderEntry, METADATA_KEY, parseHeader } from "./header.ts";
import {
  byteCount,
  bytesPerElement,
  describeTensor,
  dtypeOf,
  type TensorData,
} from "./tensor_data.ts";

/** Maximum length of the header in bytes, as in the format's reference implementation. */
export const MAX_HEADER_BYTES = 100_000_000;

const LENGTH_BYTES = 8;

/** The contents of a safetensors file. */
export interface SafetensorsFile {
  /** The tensors by name, in the order of their bytes. `bytes` are views of the file. */
  readonly tensors: Map<string, TensorData>;
  /** The text entries of `__metadata__`; empty if there are none. */
  readonly metadata: Map<string, string>;
}

/** Text entries for `__metadata__`. */
export type SafetensorsMetadata = ReadonlyMap<string, string> | Readonly<Record<string, string>>;

/**
 * Encodes tensors as a safetensors file. Equal contents give equal bytes: tensors are in the order
 * of the reference implementation (widest dtype first, then by name), metadata sorted by key.
 *
 * @throws {SafetensorsError} if a name, shape, or byte count is invalid
 *
 * @example One scalar
 * ```ts
 * import { decodeSafetensors, encodeSafetensors, fromTyped } from "./mod.ts";
 * const bytes = encodeSafetensors(new Map([["step", fromTyped(new Int32Array([7]), [])]]));
 * console.assert(decodeSafetensors(bytes).tensors.get("step")?.shape.length === 0);
 * ```
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, TensorData>,
  metadata?: SafetensorsMetadata,
): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].toSorted(byAlignmentThenName);
  const members: string[] = metadataMember(metadata);
  let end = 0;
  for (const [name, tensor] of ordered) {
    checkTensor(name, tensor);
    const begin = end;
    end += tensor.bytes.length;
    const { dtype, shape } = tensor;
    const entry = JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
    members.push(`${JSON.stringify(name)}:${entry}`);
  }
  const header = new TextEncoder().encode(`{${members.join(",")}}`);
  const headerLength = Math.ceil(header.length / 8) * 8;
  if (headerLength > MAX_HEADER_BYTES) {
    throw new SafetensorsError(
      `Cannot write safetensors header: at most ${MAX_HEADER_BYTES} bytes are allowed: ` +
        `current length is ${headerLength}`,
    );
  }
  const file = new Uint8Array(LENGTH_BYTES + headerLength + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(header, LENGTH_BYTES);
  file.fill(0x20, LENGTH_BYTES + header.length, LENGTH_BYTES + headerLength);
  let offset = LENGTH_BYTES + headerLength;
  for (const [, { bytes }] of ordered) {
    file.set(bytes, offset);
    offset += bytes.length;
  }
  return file;
}

/**
 * Decodes a safetensors file. The tensors' `bytes` are views of `bytes`, not copies: do not change
 * them before you load the tensors.
 *
 * @throws {SafetensorsError} naming the invalid tensor or byte
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  const headerLength = readHeaderLength(bytes);
  const bufferStart = LENGTH_BYTES + headerLength;
  const text = headerText(bytes.subarray(LENGTH_BYTES, bufferStart));
  const { entries, metadata } = parseHeader(text, LENGTH_BYTES);
  const ordered = [...entries].toSorted(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const buffer = bytes.subarray(bufferStart);
  const tensors = new Map<string, TensorData>();
  let expected = 0;
  for (const [name, entry] of ordered) {
    tensors.set(name, readTensor(name, entry, { buffer, bufferStart, expected }));
    expected = entry.end;
  }
  if (expected !== buffer.length) {
    throw refuse(
      `the tensors must fill it to its end: they end at byte ${bufferStart + expected}, the file ` +
        `at byte ${bytes.length}`,
      bufferStart + expected,
    );
  }
  return { tensors, metadata };
}

function refuse(rule: string, byteOffset: number): SafetensorsError {
  return new SafetensorsError(`Cannot read safetensors file: ${rule}`, { byteOffset });
}

function readHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) {
    throw refuse(
      `it must begin with ${LENGTH_BYTES} bytes of header length: the file has ${bytes.length} bytes`,
      bytes.length,
    );
  }
  const stated = viewOf(bytes).getBigUint64(0, true);
  if (stated > BigInt(MAX_HEADER_BYTES)) {
    throw refuse(
      `a header has at most ${MAX_HEADER_BYTES} bytes: stated length is ${stated} (is this a ` +
        `safetensors file?)`,
      0,
    );
  }
  const headerLength = Number(stated);
  if (LENGTH_BYTES + headerLength > bytes.length) {
    throw refuse(
      `the header must be inside the file: it ends at byte ${LENGTH_BYTES + headerLength}, the ` +
        `file at byte ${bytes.length} (is it truncated?)`,
      bytes.length,
    );
  }
  return headerLength;
}

function headerText(header: Uint8Array): string {
  if (header[0] !== 0x7b) {
    throw new SafetensorsError(
      `Cannot read safetensors header at byte ${LENGTH_BYTES}: it must begin with "{": ` +
        (header.length === 0 ? "the header is empty" : `current byte is ${header[0]}`),
      { byteOffset: LENGTH_BYTES },
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
  } catch {
    throw new SafetensorsError(
      `Cannot read safetensors header of ${header.length} bytes: it must be valid UTF-8`,
      { byteOffset: LENGTH_BYTES },
    );
  }
}

/** The state of the buffer when a tensor is read. */
interface Place {
  readonly buffer: Uint8Array;
  readonly bufferStart: number;
  /** Required start of the tensor: the end of the previous one. */
  readonly expected: number;
}

function readTensor(
  name: string,
  { dtype: stated, ...entry }: HeaderEntry,
  place: Place,
): TensorData {
  const { begin, end, shape } = entry;
  const { buffer, bufferStart } = place;
  const fail = (rule: string, at: number = begin): never => {
    throw new SafetensorsError(`Cannot read tensor ${quoteName(name)}: ${rule}`, {
      tensor: name,
      byteOffset: bufferStart + at,
    });
  };
  const dtype = dtypeOf(stated) ??
    fail(
      `dtype must be one of ${[...bytesPerElement.keys()].join(" ")}: current dtype is ` +
        quoteName(stated),
    );
  checkRange(entry, place, fail);
  const byteLength = byteCount(dtype, shape);
  if (!Number.isSafeInteger(byteLength)) {
    fail(`its size overflows: current type is ${describeTensor(dtype, shape)}`);
  }
  if (byteLength !== end - begin) {
    fail(
      `${describeTensor(dtype, shape)} takes ${byteLength} bytes: data_offsets span ` +
        `${end - begin}`,
    );
  }
  return { dtype, shape, bytes: buffer.subarray(begin, end) };
}

/** Checks that the bytes of a tensor start where the previous one ends, and are in the file. */
function checkRange(
  { begin, end }: Pick<HeaderEntry, "begin" | "end">,
  { buffer, bufferStart, expected }: Place,
  fail: (rule: string, at?: number) => never,
): void {
  if (end < begin) fail(`data_offsets must not decrease: current values are ${begin} and ${end}`);
  if (begin !== expected) {
    fail(
      `tensors must not ${begin < expected ? "overlap" : "leave gaps"}: it begins at ${begin}, ` +
        `the previous tensor ends at ${expected}`,
    );
  }
  if (end > buffer.length) {
    fail(
      `its bytes must be inside the file: they end at byte ${bufferStart + end}, ` +
        `the file at byte ${bufferStart + buffer.length}`,
      buffer.length,
    );
  }
}

/** The entries of metadata, in the given order. */
export function metadataEntries(metadata: SafetensorsMetadata): [key: string, text: string][] {
  return metadata instanceof Map ? [...metadata] : Object.entries(metadata);
}

function metadataMember(metadata: SafetensorsMetadata | undefined): string[] {
  if (metadata === undefined) return [];
  const members = metadataEntries(metadata).toSorted(([a], [b]) => compareNames(a, b)).map(
    ([key, value]) => {
      if (typeof value !== "string" || !value.isWellFormed() || !key.isWellFormed()) {
        throw new SafetensorsError(
          `Cannot write metadata ${quoteName(key)}: keys and values must be well-formed strings`,
        );
      }
      return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
    },
  );
  return members.length === 0 ? [] : [`"${METADATA_KEY}":{${members.join(",")}}`];
}

function checkTensor(name: string, { dtype, shape, bytes }: TensorData): void {
  const fail = (rule: string): never => {
    throw new SafetensorsError(`Cannot write tensor ${quoteName(name)}: ${rule}`, { tensor: name });
  };
  if (name === METADATA_KEY) fail(`the name ${METADATA_KEY} is reserved for text`);
  if (!name.isWellFormed()) fail("its name contains half of a surrogate pair");
  if (dtypeOf(dtype) === undefined) fail(`current dtype ${quoteName(dtype)} is not known`);
  const expected = byteCount(dtype, shape);
  if (expected === Infinity) {
    fail(
      `sizes must be whole numbers and their product at most 2^53 - 1: current shape is ` +
        `[${shape.join(", ")}]`,
    );
  }
  if (expected !== bytes.length) {
    fail(
      `${describeTensor(dtype, shape)} takes ${expected} bytes: current count is ${bytes.length}`,
    );
  }
}

/** The position of each dtype in the format's order. */
const alignmentRank: ReadonlyMap<string, number> = new Map(
  [...bytesPerElement.keys()].map((dtype, rank) => [dtype, rank]),
);

function byAlignmentThenName(
  [nameA, a]: readonly [string, TensorData],
  [nameB, b]: readonly [string, TensorData],
): number {
  const rank = (tensor: TensorData) => alignmentRank.get(tensor.dtype) ?? -1;
  return rank(b) - rank(a) || compareNames(nameA, nameB);
}

/** Compares by code points, like UTF-8 bytes; `<` would compare UTF-16 units. */
function compareNames(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a.charCodeAt(index) === b.charCodeAt(index)) index++;
  // If the second halves of a surrogate pair differ, step back to its start.
  if (index > 0 && isLowSurrogate(a, index) && isLowSurrogate(b, index)) index--;
  return (a.codePointAt(index) ?? -1) - (b.codePointAt(index) ?? -1);
}

function isLowSurrogate(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xdc00;
}
