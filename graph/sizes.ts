/**
 * Size limits of values and loops. `makeNode` rejects values that no backend can hold, and `lower`
 * those that the target backend cannot, so that no 32-bit count or index ever wraps around.
 * @module
 */
import { ShapeError } from "./errors.ts";
import { byteLength, elementCount, formatType, type TensorType } from "./types.ts";

/**
 * Maximum size of an axis, number of elements of a value in memory, and trip count of a kernel's
 * loops. Positions are signed 32-bit integers; the gap below 2^31 leaves room for loops that round
 * up to whole vectors and workgroups.
 */
export const MOST_ELEMENTS: number = 2 ** 31 - 2 ** 16;

/** Maximum bytes of a variable, an input, or a constant: no backend has a larger address space. */
export const MOST_BYTES: number = 2 ** 32;

/**
 * Checks the type of a value, materialized or not.
 * @param action completes "Cannot …"
 * @throws {ShapeError} if an axis is too long, or the number of elements is not an exact integer
 */
export function checkShape(action: string, type: TensorType): void {
  for (const size of type.shape) {
    if (size <= MOST_ELEMENTS) continue;
    refuse(action, `an axis may have at most ${MOST_ELEMENTS} positions`, type, `${size}`);
  }
  const count = elementCount(type.shape);
  if (count <= Number.MAX_SAFE_INTEGER) return;
  refuse(action, "a value may have at most 2^53 - 1 elements", type, `${count}`);
}

/**
 * Checks the size of a value that is kept in memory.
 * @throws {ShapeError} if it takes more than `most` bytes
 */
export function checkBytes(action: string, type: TensorType, most: number = MOST_BYTES): void {
  const bytes = byteLength(type);
  if (bytes > most) {
    refuse(action, `a value may take at most ${most} bytes`, type, `${bytes} bytes`);
  }
}

/**
 * Checks the number of elements of a value that is indexed in row-major order.
 * @throws {ShapeError} if it has more than {@linkcode MOST_ELEMENTS}
 */
export function checkElements(action: string, type: TensorType): void {
  const count = elementCount(type.shape);
  if (count <= MOST_ELEMENTS) return;
  refuse(action, `a value may have at most ${MOST_ELEMENTS} elements`, type, `${count} elements`);
}

/**
 * Checks intermediate positions, such as those in a padded image.
 * @param positions each with a name for the error message
 * @throws {ShapeError} naming the first one beyond {@linkcode MOST_ELEMENTS}
 */
export function checkPositions(action: string, positions: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(positions)) {
    if (value <= MOST_ELEMENTS) continue;
    throw new ShapeError(
      `Cannot ${action}: ${name} must be at most ${MOST_ELEMENTS}: current is ${value}`,
    );
  }
}

function refuse(action: string, rule: string, type: TensorType, current: string): never {
  throw new ShapeError(`Cannot ${action}: ${rule}: current is ${formatType(type)}, ${current}`);
}
