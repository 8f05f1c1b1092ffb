/**
 * Host arrays that hold the elements of a value.
 * @module
 */
import { DTypeError, ShapeError } from "./errors.ts";
import { formatFound } from "./format_found.ts";
import { elementCount, formatType, type HostArray, hostArrays, type TensorType } from "./types.ts";

/** Returns a host array of zeros for a value of this type. */
export function hostArray({ dtype, shape }: TensorType): HostArray {
  return new hostArrays[dtype](elementCount(shape));
}

/**
 * Checks that an array has the element type and length of the value called `name`.
 * @throws {DTypeError} if it is of another class
 * @throws {ShapeError} if it is missing or of another length
 */
export function checkHostArray(
  name: string,
  type: TensorType,
  data: HostArray | undefined,
): asserts data is HostArray {
  const wanted = hostArrays[type.dtype];
  const count = elementCount(type.shape);
  if (data instanceof wanted && data.length === count) return;
  const Mismatch = data && !(data instanceof wanted) ? DTypeError : ShapeError;
  throw new Mismatch(
    `Cannot write "${name}": ${formatType(type)} requires a ${wanted.name} of ${count}: ` +
      `current value is ${formatFound(data)}${
        ArrayBuffer.isView(data) ? ` of ${data.length}` : ""
      }`,
  );
}
