import { elementCount, type Shape } from "../../graph/mod.ts";
import { generator } from "../support/random.ts";
import { floats, type SlotData } from "./_plans.ts";

/** An `f32` slot of numbers in [−1, 1), the same each time. */
export function randomFloats(shape: Shape, seed: number): SlotData {
  const next = generator(seed);
  return floats(shape, Array.from({ length: elementCount(shape) }, () => 2 * next() - 1));
}
