import { DTypeError } from "./errors.ts";
import type { DType } from "./types.ts";

const integerRanges = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  bool: [0, 1],
  u8: [0, 255],
} as const;

/**
 * A literal is not converted in silence: 0.5 is no i32.
 * @throws {DTypeError} if the number is no value of the type
 */
export function checkValue(value: number, dtype: DType): void {
  if (dtype === "f32") return;
  const [min, max] = integerRanges[dtype];
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new DTypeError(
    `Cannot fill a tensor with ${value}: it must be an integer in [${min}, ${max}] for ${dtype}`,
  );
}
