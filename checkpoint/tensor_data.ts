/**
 * A tensor of a safetensors file, and the element types of the format.
 * @module
 */

/** The element types that Gspace reads and writes in safetensors files. */
export type SafetensorsDType =
  | "BOOL"
  | "U8"
  | "I8"
  | "I16"
  | "U16"
  | "F16"
  | "BF16"
  | "I32"
  | "U32"
  | "F32"
  | "F64"
  | "I64"
  | "U64";

/** A tensor of a safetensors file, with little-endian elements in row-major order. */
export interface TensorData {
  /** Element type. */
  readonly dtype: SafetensorsDType;
  /** Sizes of the axes, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** The elements: exactly product(shape) × bytes per element. */
  readonly bytes: Uint8Array;
}

/**
 * Bytes per element. The entries are in the format's "increasing alignment" order, which decides the
 * order of tensors in a file.
 */
export const bytesPerElement: ReadonlyMap<SafetensorsDType, number> = new Map([
  ["BOOL", 1],
  ["U8", 1],
  ["I8", 1],
  ["I16", 2],
  ["U16", 2],
  ["F16", 2],
  ["BF16", 2],
  ["I32", 4],
  ["U32", 4],
  ["F32", 4],
  ["F64", 8],
  ["I64", 8],
  ["U64", 8],
]);

/** The dtype with this name, or `undefined` if it is not supported. */
export function dtypeOf(name: string): SafetensorsDType | undefined {
  return [...bytesPerElement.keys()].find((dtype) => dtype === name);
}

/** Bytes per element of a dtype. */
export function elementSize(dtype: SafetensorsDType): number {
  const size = bytesPerElement.get(dtype);
  if (size === undefined) throw new Error(`Internal: no size for dtype ${dtype}`);
  return size;
}

/**
 * Number of elements of a shape, or `undefined` if the product, from left to right, exceeds the safe
 * integers. A later 0 does not help, because implementations in other languages would overflow.
 */
export function checkedElementCount(shape: readonly number[]): number | undefined {
  let product = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    product *= size;
    if (!Number.isSafeInteger(product)) return undefined;
  }
  return product;
}

/** Number of bytes of a tensor, or `Infinity` if the shape has no valid element count. */
export function byteCount(dtype: SafetensorsDType, shape: readonly number[]): number {
  return (checkedElementCount(shape) ?? Infinity) * elementSize(dtype);
}

/** Formats a tensor type for messages: `F32[2, 3]`. */
export function describeTensor(dtype: string, shape: readonly number[]): string {
  const sizes = shape.length > 8 ? [...shape.slice(0, 8), "..."] : shape;
  return `${dtype}[${sizes.join(", ")}]`;
}
