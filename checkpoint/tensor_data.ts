/**
 * What a safetensors file holds of one tensor, and its element types.
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

/** One tensor of a safetensors file: little-endian elements in row-major order. */
export interface TensorData {
  /** Element type. */
  readonly dtype: SafetensorsDType;
  /** Sizes along the axes, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** The elements: exactly product(shape) × bytes per element. */
  readonly bytes: Uint8Array;
}

/**
 * Bytes per element. The order of the entries is the format's own "increasing alignment" order,
 * which decides where a writer puts a tensor.
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

const names: ReadonlyMap<string, SafetensorsDType> = new Map(
  [...bytesPerElement.keys()].map((dtype) => [dtype, dtype]),
);

/** The dtype of this name, or `undefined` if Gspace does not know it. */
export function dtypeOf(name: string): SafetensorsDType | undefined {
  return names.get(name);
}

/** Bytes per element of a dtype. */
export function elementSize(dtype: SafetensorsDType): number {
  const size = bytesPerElement.get(dtype);
  if (size === undefined) throw new Error(`Internal: no size for dtype ${dtype}`);
  return size;
}

/**
 * Number of elements of a shape, or `undefined` if the product, taken from left to right, leaves
 * the safe integers (a later 0 does not rescue it: readers in other languages overflow there).
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

/** A tensor type as it stands in messages: `F32[2, 3]`. */
export function describeTensor(dtype: string, shape: readonly number[]): string {
  const sizes = shape.length > 8 ? [...shape.slice(0, 8), "..."] : shape;
  return `${dtype}[${sizes.join(", ")}]`;
}
