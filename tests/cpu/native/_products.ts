import { type Kernel, s, type Shape } from "../../../graph/mod.ts";
import { at, position, product, type SlotData, zeros } from "../../gpu/_plans.ts";
import { randomFloats } from "../../gpu/_random.ts";

/** The sizes of a product. */
export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: Shape;
}

/** A product, also with a bias along the columns and ReLU; `transposed` names operands. */
export function productCase(
  sizes: Product,
  transposed: string,
): { kernel: Kernel; slots: SlotData[] } {
  const { m, n, k, batch = [] } = sizes;
  const stored = (rows: number, columns: number, operand: string) =>
    transposed.includes(operand) ? [...batch, columns, rows] : [...batch, rows, columns];
  const shape = [...batch, m, n];
  const axes = shape.map((_, axis) => axis);
  const bias = at(2, [n], { axes: [shape.length - 1] });
  const value = s.max(s.add(s.result(0, "f32"), bias), s.const(0));
  const kernel = product({ ...sizes, transposed }, [
    { slot: 3, index: position(shape, axes), value },
    { slot: 4, index: position(shape, axes), value: s.result(0, "f32") },
  ]);
  const slots = [
    randomFloats(stored(m, k, "a"), m + 1),
    randomFloats(stored(k, n, "b"), n + 2),
    randomFloats([n], k + 3),
    zeros("f32", shape),
    zeros("f32", shape),
  ];
  return { kernel, slots };
}
