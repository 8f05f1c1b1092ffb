/**
 * Element types, shapes, and tensor types.
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
 * `u8` is for data that arrives as bytes. Variables, inputs, and constants can hold it, and ops
 * that move elements (`slice`, `gather`, `concat`, `pad`, …) accept it; cast it before computing
 * with it. A result of type `u8` takes 4 bytes per element on the device and is read back as a
 * `Uint8Array`. An updated variable cannot be `u8`.
 */
export type DType = "f32" | "i32" | "u32" | "bool" | "u8";

/** Sizes along the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** The element type and shape of a value. */
export interface TensorType {
  /** Element type. */
  readonly dtype: DType;
  /** Sizes along the axes. */
  readonly shape: Shape;
}

/** Host memory that can hold tensor elements. */
export type HostArray = Float32Array | Int32Array | Uint32Array | Uint8Array;

/** The class of {@linkcode HostArray} for elements of each type. */
export interface HostArrayClasses {
  /** f32. */
  readonly f32: typeof Float32Array;
  /** i32. */
  readonly i32: typeof Int32Array;
  /** u32. */
  readonly u32: typeof Uint32Array;
  /** bool: 0 and 1. */
  readonly bool: typeof Uint8Array;
  /** u8. */
  readonly u8: typeof Uint8Array;
}

/** The class of {@linkcode HostArray} for elements of each type. */
export const hostArrays: HostArrayClasses = {
  f32: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  bool: Uint8Array,
  u8: Uint8Array,
};

/** `reduce` as all host arrays have it, so that it type-checks if the element type is unknown. */
export interface Reducible {
  /** Combines the elements from the first to the last, starting with the first. */
  reduce(combine: (total: number, value: number, index: number) => number): number;
  /** Combines the elements from the first to the last, starting with `initial`. */
  reduce(
    combine: (total: number, value: number, index: number) => number,
    initial: number,
  ): number;
}

/**
 * The dtype of a tensor if the type checker does not know it: such a tensor can be used where any
 * dtype is expected. The dtype is checked when the graph is built.
 */
// deno-lint-ignore no-explicit-any
export type UnknownDType = any;

/** `D`, or all dtypes if it is unknown. */
export type KnownDType<D extends DType> = 1 extends (D extends never ? 1 : 0) ? DType : D;

/** The elements of a value of this dtype on the host. */
export type HostData<D extends DType = DType> =
  & InstanceType<HostArrayClasses[KnownDType<D>]>
  & Reducible;

/** Number of elements of a shape. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Size in bytes of a value of this type on a device. */
export function byteLength({ dtype, shape }: TensorType): number {
  return elementCount(shape) * (dtype === "u8" ? 1 : 4);
}

/** Row-major strides of a shape, in elements. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides: number[] = new Array(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  return strides;
}

/** Whether both shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Whether both types are equal. */
export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

/** `f32[32, 784]`: the format of types in error messages and printed graphs. */
export function formatType({ dtype, shape }: TensorType): string {
  return `${dtype}[${shape.join(", ")}]`;
}
