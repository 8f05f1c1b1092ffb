import { GraphError } from "./errors.ts";
import {
  type Kernel,
  kernelSpace,
  scalarsOf,
  slotsReadBy,
  slotsWrittenBy,
  storesOf,
} from "./kernel.ts";
import type { Dispatch, Plan, Slot } from "./plan.ts";
import { type Section, sectionsOf } from "./plan_sections.ts";
import { type Axis, type Load, type Scalar, scalarTypeOf, visitScalars } from "./scalar/mod.ts";
import { byteLength, elementCount, formatType } from "./types.ts";

/**
 * Checks the kernels of a plan: their slots exist and fit in their memory, loads and stores have
 * the types of their slots, and each axis has the size of its loop. (Expressions are simplified
 * based on that size.) Windows stay inside the slots that they are parts of, and only the loops that
 * move them use them.
 * @throws {GraphError} naming the kernel
 */
export function verifyPlan(plan: Plan): void {
  for (const slot of plan.slots) verifyMemory(slot, plan);
  verifySections(sectionsOf(plan), { plan, turns: [] });
}

/** A plan, and how often each loop around a part of it runs, outermost first. */
interface Place {
  readonly plan: Plan;
  readonly turns: readonly number[];
}

function verifySections(sections: readonly Section<Dispatch>[], { plan, turns }: Place): void {
  for (const section of sections) {
    if (section.kind === "loop") {
      verifySections(section.body, { plan, turns: [...turns, section.loop.turns] });
      continue;
    }
    for (const kernel of section.dispatches.flatMap(({ kernels }) => kernels)) {
      verifyKernel(kernel, plan);
      for (const slot of [...slotsReadBy(kernel), ...slotsWrittenBy(kernel)]) {
        verifyWindow(kernel, plan.slots[slot]!, { plan, turns });
      }
    }
  }
}

function verifyWindow(kernel: Kernel, slot: Slot, { plan, turns }: Place): void {
  if (slot.kind !== "window") return;
  const count = turns[slot.depth];
  if (count === undefined) {
    refuse(kernel, `only the loop that moves a window uses it: current is "${slot.label}"`);
  }
  const base = plan.slots[slot.base];
  const ends = [slot.start, slot.start + slot.stride * (count - 1)];
  const end = Math.max(...ends) + elementCount(slot.type.shape);
  const isInside = base && base.type.dtype === slot.type.dtype && base.type.dtype !== "u8" &&
    Math.min(...ends) >= 0 && end <= elementCount(base.type.shape);
  if (!isInside) {
    refuse(kernel, `a window must be inside a slot of its type: current is "${slot.label}"`);
  }
  verifyWindow(kernel, base, { plan, turns: turns.slice(0, slot.depth) });
}

function verifyMemory(slot: Slot, { label, memories }: Plan): void {
  if (slot.kind !== "temporary" || byteLength(slot.type) <= (memories[slot.memory] ?? -1)) return;
  throw new GraphError(
    `Cannot accept plan "${label}": a temporary must fit in its memory: current temporary is ` +
      `"${slot.label}", ${formatType(slot.type)} in ${memories[slot.memory]} bytes`,
  );
}

function verifyKernel(kernel: Kernel, plan: Plan): void {
  const space = kernelSpace(kernel);
  const outerRank = kernel.kind === "loop" ? kernel.outer.length : space.length;
  const stores = storesOf(kernel);
  for (const slot of [...slotsReadBy(kernel), ...stores.map(({ slot }) => slot)]) {
    if (!plan.slots[slot]) {
      refuse(kernel, `its slots must be those of the plan: current is ${slot}`);
    }
  }
  for (const { slot, value } of stores) {
    const { type } = plan.slots[slot]!;
    if (type.dtype !== value.type) { // u8 slots are never written
      refuse(kernel, `it stores ${value.type}, which must be the type of ${describe(plan, slot)}`);
    }
  }
  const outside = kernel.kind === "loop" ? kernel.outerStores : kernel.stores;
  const outer = outside.flatMap(({ index, value }): Scalar[] => [index, value]);
  visitScalars(outer, (scalar) => {
    if (scalar.op === "axis") verifyAxis(kernel, scalar, space.slice(0, outerRank));
  });
  visitScalars(scalarsOf(kernel), (scalar) => {
    if (scalar.op === "axis") verifyAxis(kernel, scalar, space);
    if (scalar.op === "load") verifyLoad(kernel, scalar, plan);
  });
}

function verifyAxis(kernel: Kernel, { axis, size }: Axis, space: readonly number[]): void {
  if (space[axis] === size) return;
  refuse(
    kernel,
    `axis ${axis} must have the size of its loop, ${space[axis] ?? "which is not there"}: ` +
      `current size is ${size}`,
  );
}

function verifyLoad(kernel: Kernel, { source, type }: Load, plan: Plan): void {
  const slot = source as number;
  if (scalarTypeOf(plan.slots[slot]!.type.dtype) === type) return;
  refuse(kernel, `it loads ${type}, which must be the type of ${describe(plan, slot)}`);
}

function describe({ slots }: Plan, slot: number): string {
  const { label, type } = slots[slot]!;
  return `"${label}": current slot is ${formatType(type)}`;
}

function refuse({ label }: Kernel, why: string): never {
  throw new GraphError(`Cannot accept kernel "${label}": ${why}`);
}
