/**
 * Memory traffic of a plan.
 * @module
 */
import {
  byteLength,
  type Kernel,
  type Plan,
  scalarsOf,
  storesOf,
  visitScalars,
} from "../graph/mod.ts";

/** Minimum number of bytes that the kernels move: each slot once per kernel that accesses it. */
export function planBytes({ dispatches, slots }: Plan): number {
  const bytesOf = (slot: number) => {
    const type = slots[slot]?.type;
    return type ? byteLength(type) : 0;
  };
  return dispatches
    .flatMap(({ kernels }) => kernels)
    .flatMap((kernel) => [...readsOf(kernel), ...new Set(storesOf(kernel).map(({ slot }) => slot))])
    .reduce((sum, slot) => sum + bytesOf(slot), 0);
}

function readsOf(kernel: Kernel): Set<number> {
  const slots = new Set(kernel.kind === "matmul" ? [kernel.a.slot, kernel.b.slot] : []);
  visitScalars(scalarsOf(kernel), (scalar) => {
    if (scalar.op === "load" && typeof scalar.source === "number") slots.add(scalar.source);
  });
  return slots;
}
