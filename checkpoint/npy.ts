/**
 * Reads and writes NumPy's `.npy` format, which stores one array.
 *
 * | bytes | meaning |
 * | --- | --- |
 * | 0 … 5 | `\x93NUMPY` |
 * | 6, 7 | version: 1.0, 2.0 (long header), or 3.0 (UTF-8 header) |
 * | then | length of the header, little-endian, 2 bytes in version 1.0 and 4 later |
 * | then | the header (see `npy_header.ts`), padded with blanks and a line feed to a multiple of 64 |
 * | then | the elements |
 * @module
 */
import { swapByteOrder, viewOf } from "./bytes.ts";
import { NpyError, quoteName } from "./errors.ts";
import { formatNpyHeader, parseNpyHeader } from "./npy_header.ts";
import {
  byteCount,
  describeTensor,
  elementSize,
  type SafetensorsDType,
  type TensorData,
} from "./tensor_data.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
const ALIGNMENT = 64;

/** NumPy's kind and size of each element type. BF16 has none. */
const kinds: ReadonlyMap<SafetensorsDType, string> = new Map([
  ["BOOL", "b1"],
  ["U8", "u1"],
  ["I8", "i1"],
  ["I16", "i2"],
  ["U16", "u2"],
  ["F16", "f2"],
  ["I32", "i4"],
  ["U32", "u4"],
  ["F32", "f4"],
  ["F64", "f8"],
  ["I64", "i8"],
  ["U64", "u8"],
]);

const dtypes: ReadonlyMap<string, SafetensorsDType> = new Map(
  [...kinds].map(([dtype, kind]) => [kind, dtype]),
);

/**
 * Encodes a tensor as an `.npy` file of version 1.0, or 2.0 if the header is long.
 *
 * @throws {NpyError} if NumPy has no such type, or the bytes do not match the shape
 *
 * @example A matrix
 * ```ts
 * import { decodeNpy, encodeNpy, fromTyped } from "./mod.ts";
 * const bytes = encodeNpy(fromTyped(Float32Array.of(1, 2, 3, 4), [2, 2]));
 * console.assert(decodeNpy(bytes).shape.join() === "2,2");
 * ```
 */
export function encodeNpy({ dtype, shape, bytes }: TensorData): Uint8Array<ArrayBuffer> {
  const what = `Cannot write ${describeTensor(dtype, shape)} as npy`;
  const kind = kinds.get(dtype);
  if (kind === undefined) {
    throw new NpyError(`${what}: NumPy has no type ${dtype}: convert it to F32 with toFloat32`);
  }
  if (byteCount(dtype, shape) !== bytes.length) {
    throw new NpyError(
      `${what}: its bytes must match its shape: current count is ${bytes.length} bytes`,
    );
  }
  const descr = `${elementSize(dtype) === 1 ? "|" : "<"}${kind}`;
  const text = formatNpyHeader({ descr, fortranOrder: false, shape });
  const long = text.length > 0xff00;
  const start = MAGIC.length + 2 + (long ? 4 : 2);
  const end = Math.ceil((start + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(end + bytes.length);
  file.set([...MAGIC, long ? 2 : 1, 0]);
  const view = new DataView(file.buffer);
  if (long) view.setUint32(MAGIC.length + 2, end - start, true);
  else view.setUint16(MAGIC.length + 2, end - start, true);
  file.set(new TextEncoder().encode(`${text.padEnd(end - start - 1)}\n`), start);
  file.set(bytes, end);
  return file;
}

/**
 * Decodes an `.npy` file with numbers or booleans of any byte order, row-major or column-major. The
 * result is little-endian and row-major. It is a view of `bytes` if the file has this layout.
 *
 * @throws {NpyError} if the file is invalid
 */
export function decodeNpy(bytes: Uint8Array): TensorData {
  const { text, start } = headerOf(bytes);
  const { descr, fortranOrder, shape } = parseNpyHeader(text);
  const { dtype, bigEndian } = dtypeOfDescr(descr);
  const data = bytes.subarray(start);
  const wanted = byteCount(dtype, shape);
  if (wanted !== data.length) {
    throw refuse(
      `${describeTensor(dtype, shape)} takes ${wanted} bytes after the header`,
      `count is ${data.length}`,
    );
  }
  const ordered = bigEndian ? swapByteOrder(data, elementSize(dtype)) : data;
  const columns = fortranOrder && shape.length > 1;
  return { dtype, shape, bytes: columns ? rowMajor(ordered, shape, elementSize(dtype)) : ordered };
}

function refuse(rule: string, current: string): NpyError {
  return new NpyError(`Cannot read npy file: ${rule}: current ${current}`);
}

function headerOf(bytes: Uint8Array): { readonly text: string; readonly start: number } {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw refuse("it must begin with the bytes of \\x93NUMPY", `bytes are ${bytes.subarray(0, 6)}`);
  }
  const [major, minor] = [bytes[6], bytes[7]];
  if (minor !== 0 || (major !== 1 && major !== 2 && major !== 3)) {
    throw refuse("supported versions are 1.0, 2.0, and 3.0", `version is ${major}.${minor}`);
  }
  const lengthBytes = major === 1 ? 2 : 4;
  const first = MAGIC.length + 2 + lengthBytes;
  const view = viewOf(bytes);
  if (bytes.length < first) {
    throw refuse("its header must be complete", `length is ${bytes.length}`);
  }
  const length = major === 1 ? view.getUint16(first - 2, true) : view.getUint32(first - 4, true);
  const start = first + length;
  if (start > bytes.length) {
    throw refuse(
      `its header must be inside the file: it ends at byte ${start}`,
      `length is ${bytes.length} (is it truncated?)`,
    );
  }
  try {
    const text = new TextDecoder(major === 3 ? "utf-8" : "latin1", { fatal: true });
    return { text: text.decode(bytes.subarray(first, start)), start };
  } catch (cause) {
    throw new NpyError("Cannot read npy header: it must be valid UTF-8", { cause });
  }
}

function dtypeOfDescr(descr: string): {
  readonly dtype: SafetensorsDType;
  readonly bigEndian: boolean;
} {
  const [, order, kind = ""] = /^([<>|])([a-z]\d)$/.exec(descr) ?? [];
  const dtype = dtypes.get(kind);
  if (dtype === undefined || (order === "|") !== (elementSize(dtype) === 1)) {
    throw refuse(
      "elements must be booleans, integers, or floats of at most 8 bytes, such as <f4",
      `descr is ${quoteName(descr)}`,
    );
  }
  return { dtype, bigEndian: order === ">" };
}

/** Converts column-major elements to row-major order. */
function rowMajor(bytes: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  // the stride of each axis in the file
  const strides: number[] = [];
  shape.reduce((stride, length) => (strides.push(stride), stride * length), size);
  const position = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to += size) {
    for (let byte = 0; byte < size; byte++) out[to + byte] = bytes[from + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      position[axis]!++;
      if (position[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      position[axis] = 0;
    }
  }
  return out;
}
