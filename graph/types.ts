/**
 * Element types, shapes and the tensor types made of them.
 * @module
 */

/**
 * The element types of tensors.
 *
 * | dtype | bytes on a device | host array |
 * | --- | --- | --- |
 * | `f32` | 4 | `Float32Array` |
 * | `i32` | 4 | `Int32Array` |
 * | `u32` | 4 | `Uint32Array` |
 * | `bool` | 4 (0 or 1) | `Uint8Array` |
 * | `u8` | 1 | `Uint8Array` |
 *
 * `u8` is for data that arrives as bytes. Variables, inputs and constants can hold it, and
 * whatever moves elements (`slice`, `gather`, `concat`, `pad`, …) takes it; what is computed from
 * it needs a cast first. A result of type `u8` takes 4 bytes for each element on the device and
 * comes back as a `Uint8Array`. An updated variable cannot be `u8`.
 */
export type DType = "f32" | "i32" | "u32" | "bool" | "u8";

/** Sizes along the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** What is known of a value before it is computed. */
export interface TensorType {
  /** Element type. */
  readonly dtype: DType;
  /** Sizes along the axes. */
  readonly shape: Shape;
}

/** Host memory that can hold tensor elements. */
export type HostArray = Float32Array | Int32Array | Uint32Array | Uint8Array;

/** Number of elements of a shape. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes that a value of this type takes on a device. */
export function byteLength({ dtype, shape }: TensorType): number {
  return elementCount(shape) * (dtype === "u8" ? 1 : 4);
}

/** Row-major strides of a shape, counted in elements. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides: number[] = new Array(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  return strides;
}

/** Are both shapes the same? */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Are both types the same? */
export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

/** `f32[32, 784]`: how types are written in messages and printed graphs. */
export function formatType({ dtype, shape }: TensorType): string {
  return `${dtype}[${shape.join(", ")}]`;
}
