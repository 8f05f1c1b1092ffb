import {
  elementCount,
  formatType,
  type HostArray,
  ShapeError,
  type TensorType,
} from "../graph/mod.ts";

const arrays = {
  f32: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  bool: Uint8Array,
  u8: Uint8Array,
} as const;

/** Returns a host array of zeros for a value of this type. */
export function hostArray({ dtype, shape }: TensorType): HostArray {
  return new arrays[dtype](elementCount(shape));
}

/**
 * Checks that an array has the element type and length of the value called `name`.
 * @throws {ShapeError} if it does not
 */
export function checkHostArray(
  name: string,
  type: TensorType,
  data: HostArray | undefined,
): asserts data is HostArray {
  const wanted = arrays[type.dtype];
  if (data instanceof wanted && data.length === elementCount(type.shape)) return;
  throw new ShapeError(
    `Cannot write "${name}": ${formatType(type)} is a ${wanted.name} of ${
      elementCount(type.shape)
    }: current value is ${data ? `a ${data.constructor.name} of ${data.length}` : data}`,
  );
}
