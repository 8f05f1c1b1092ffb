// Tensors of the references: plain numbers with a shape, visited position by position.

/** Elements in row-major order. */
export interface RefTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A position: one index for each axis. */
export type Position = readonly number[];

/** All positions of a shape in row-major order. */
export function positions(shape: readonly number[]): number[][] {
  let list: number[][] = [[]];
  for (const size of shape) {
    list = list.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i]));
  }
  return list;
}

/** The tensor whose element at each position is `element(position)`. */
export function tabulate(
  shape: readonly number[],
  element: (position: Position) => number,
): RefTensor {
  return { shape, data: positions(shape).map(element) };
}

/** The element at a position. */
export function at({ shape, data }: RefTensor, position: Position): number {
  let index = 0;
  shape.forEach((size, axis) => {
    const i = position[axis];
    if (i === undefined || i < 0 || i >= size) throw new RangeError(`[${position}] of [${shape}]`);
    index = index * size + i;
  });
  return data[index]!;
}

/** Applies a function of numbers to the elements at equal positions. */
export function zip(fn: (...values: number[]) => number) {
  return (...inputs: readonly RefTensor[]): RefTensor =>
    tabulate(inputs[0]!.shape, (position) => fn(...inputs.map((input) => at(input, position))));
}
