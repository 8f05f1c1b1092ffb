/**
 * Conversion between safetensors' bytes and typed arrays, without silent changes of values.
 * @module
 */
import { bytesOf } from "../graph/bytes_of.ts";
import { checkOption, shapeSizes } from "../graph/mod.ts";
import { swapByteOrder, viewOf } from "./bytes.ts";
import { SafetensorsError } from "./errors.ts";
import {
  byteCount,
  checkedElementCount,
  describeTensor,
  elementSize,
  type SafetensorsDType,
  type TensorData,
} from "./tensor_data.ts";

/** The typed arrays that {@link fromTyped} takes. */
export type TensorArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array
  | BigInt64Array
  | BigUint64Array;

/**
 * Converts the elements of a tensor to f32, in a new array.
 *
 * F16, BF16, and small integers are exact; F64 is rounded to the nearest f32.
 *
 * @throws {SafetensorsError} if a finite F64 is too large for f32, an integer is not exact in f32,
 *   or a BOOL is neither 0 nor 1
 */
export function toFloat32(tensor: TensorData): Float32Array<ArrayBuffer> {
  const out = new Float32Array(countOf(tensor));
  if (tensor.dtype === "F32" && littleEndian) {
    new Uint8Array(out.buffer).set(tensor.bytes);
    return out;
  }
  return convertInto(out, tensor, "f32");
}

/**
 * Converts the elements of an integer or BOOL tensor to i32, in a new array.
 *
 * @throws {SafetensorsError} if the tensor is floating-point, a value does not fit in i32, or a BOOL
 *   is neither 0 nor 1
 */
export function toInt32(tensor: TensorData): Int32Array<ArrayBuffer> {
  if (tensor.dtype.includes("F")) {
    throw new SafetensorsError(
      `Cannot convert ${describeTensor(tensor.dtype, tensor.shape)} to i32: only integers and ` +
        `BOOL are converted: current dtype is ${tensor.dtype}`,
    );
  }
  return convertInto(new Int32Array(countOf(tensor)), tensor, "i32");
}

/** Converts each element to the type of `out`. Only floating-point values may be rounded. */
function convertInto<T extends Float32Array | Int32Array>(
  out: T,
  tensor: TensorData,
  target: "f32" | "i32",
): T {
  const { dtype, shape, bytes } = tensor;
  const read = readers[dtype];
  const view = viewOf(bytes);
  const size = elementSize(dtype);
  const rounds = dtype.includes("F");
  for (let index = 0; index < out.length; index++) {
    const value = read(view, index * size);
    out[index] = Number(value);
    const kept = rounds
      ? Number.isFinite(out[index]) || !Number.isFinite(Number(value))
      // Mixed comparison is exact for bigints too.
      : out[index] == value;
    if (kept && (dtype !== "BOOL" || value === 0 || value === 1)) continue;
    throw new SafetensorsError(
      `Cannot convert ${
        describeTensor(dtype, shape)
      } to ${target}: every value must be valid and ` +
        `keep its meaning: current value is ${value} at element ${index}`,
    );
  }
  return out;
}

/**
 * Creates a tensor of this shape with a copy of the array's elements. The type of the array
 * determines the dtype.
 *
 * @throws {SafetensorsError} if array and shape differ in the number of elements
 */
export function fromTyped(array: TensorArray, shape: readonly number[]): TensorData {
  const dtype = dtypeOfArray(array);
  checkOption("make a tensor", { shape }, shapeSizes, SafetensorsError);
  if (checkedElementCount(shape) !== array.length) {
    throw new SafetensorsError(
      `Cannot make a tensor ${describeTensor(dtype, shape)}: the array must have as many ` +
        `elements as the shape: current length is ${array.length}`,
    );
  }
  const view = bytesOf(array);
  const bytes = littleEndian ? view.slice() : swapByteOrder(view, elementSize(dtype));
  return { dtype, shape: [...shape], bytes };
}

/** The typed arrays of dtypes whose elements are those of a tensor on a device. */
const typedArrays = { F32: Float32Array, I32: Int32Array, U32: Uint32Array } as const;

/**
 * The inverse of {@link fromTyped} for F32, I32, U32, U8, and BOOL: an array with a copy of the
 * elements, bit for bit.
 *
 * @throws {SafetensorsError} if the dtype is another one, or a BOOL is neither 0 nor 1
 */
export function toTyped(
  tensor: TensorData,
): Float32Array | Int32Array | Uint32Array | Uint8Array<ArrayBuffer> {
  const { dtype, shape, bytes } = tensor;
  countOf(tensor);
  if (dtype === "U8" || (dtype === "BOOL" && bytes.every((byte) => byte <= 1))) {
    return Uint8Array.from(bytes);
  }
  if (dtype === "F32" || dtype === "I32" || dtype === "U32") {
    const copy = Uint8Array.from(littleEndian ? bytes : swapByteOrder(bytes, 4));
    return new typedArrays[dtype](copy.buffer);
  }
  throw new SafetensorsError(
    `Cannot convert ${
      describeTensor(dtype, shape)
    }: its elements must be those of F32, I32, U32, ` +
      "U8, or BOOL",
  );
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function dtypeOfArray(array: TensorArray): SafetensorsDType {
  if (array instanceof Float32Array) return "F32";
  if (array instanceof Float64Array) return "F64";
  if (array instanceof Int32Array) return "I32";
  if (array instanceof Int16Array) return "I16";
  if (array instanceof Int8Array) return "I8";
  if (array instanceof Uint32Array) return "U32";
  if (array instanceof Uint16Array) return "U16";
  if (array instanceof Uint8Array) return "U8";
  return array instanceof BigInt64Array ? "I64" : "U64";
}

type Reader = (view: DataView, offset: number) => number | bigint;

const readers: Readonly<Record<SafetensorsDType, Reader>> = {
  BOOL: (view, offset) => view.getUint8(offset),
  U8: (view, offset) => view.getUint8(offset),
  I8: (view, offset) => view.getInt8(offset),
  I16: (view, offset) => view.getInt16(offset, true),
  U16: (view, offset) => view.getUint16(offset, true),
  F16: (view, offset) => halfToNumber(view.getUint16(offset, true)),
  BF16: (view, offset) => bfloatToNumber(view.getUint16(offset, true)),
  I32: (view, offset) => view.getInt32(offset, true),
  U32: (view, offset) => view.getUint32(offset, true),
  F32: (view, offset) => view.getFloat32(offset, true),
  F64: (view, offset) => view.getFloat64(offset, true),
  I64: (view, offset) => view.getBigInt64(offset, true),
  U64: (view, offset) => view.getBigUint64(offset, true),
};

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of an f32. */
function bfloatToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

function countOf({ dtype, shape, bytes }: TensorData): number {
  if (byteCount(dtype, shape) !== bytes.length) {
    throw new SafetensorsError(
      `Cannot convert ${describeTensor(dtype, shape)}: its bytes must match its shape: current ` +
        `count is ${bytes.length} bytes`,
    );
  }
  return bytes.length / elementSize(dtype);
}

/**
 * IEEE 754 binary16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits. `getFloat16` is not in
 * Node 20. Payloads of NaN are kept.
 */
function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) {
    scratch.setUint32(0, (bits & 0x8000) << 16 | 0x7f800000 | fraction << 13);
    return scratch.getFloat32(0);
  }
  const sign = bits & 0x8000 ? -1 : 1;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
