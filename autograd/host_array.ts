import {
  elementCount,
  formatType,
  type HostArray,
  ShapeError,
  type TensorType,
} from "../graph/mod.ts";
import { hostArrays } from "../graph/types.ts";

/** Returns a host array of zeros for a value of this type. */
export function hostArray({ dtype, shape }: TensorType): HostArray {
  return new hostArrays[dtype](elementCount(shape));
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
  const wanted = hostArrays[type.dtype];
  if (data instanceof wanted && data.length === elementCount(type.shape)) return;
  throw new ShapeError(
    `Cannot write "${name}": ${formatType(type)} is a ${wanted.name} of ${
      elementCount(type.shape)
    }: current value is ${data ? `a ${data.constructor.name} of ${data.length}` : data}`,
  );
}
