/** Generates the function of a loop kernel. */
import type { LoopKernel } from "../../graph/kernel.ts";
import type { MathLibrary } from "../math/math_library.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionBuilder, FunctionHandle, Local } from "../wasm/function_builder.ts";
import { LaneEmitter, type SlotType } from "./lane_emitter.ts";
import { NestEmitter } from "./nest_emitter.ts";
import { buildNest, type Nest } from "./nest.ts";
import { planUnits } from "./units.ts";
import { partsOf, type Value, visitValues } from "./value.ts";
import { chooseVectorAxis, costOf } from "./vector_axis.ts";

/** A generated kernel. */
export interface CompiledLoop {
  /** `(unitFrom, unitTo, table)`: `table` lists the addresses of the slots. */
  readonly handle: FunctionHandle;
  /** Number of units of work. Any thread may process any range of them. */
  readonly unitCount: number;
  /** Approximate number of vector instructions of the whole kernel. */
  readonly cost: number;
}

/** The module and options for compiling a kernel. */
export interface LoopContext {
  readonly module: ModuleBuilder;
  readonly math: MathLibrary;
  readonly slotType: (slot: number) => SlotType;
}

/** Adds the kernel's function to the module. */
export function compileLoop(
  kernel: LoopKernel,
  { module, math, slotType }: LoopContext,
): CompiledLoop {
  const nest = buildNest(kernel);
  const axis = chooseVectorAxis(nest);
  const units = planUnits(nest, axis);
  const params = ["i32", "i32", "i32"] as const;
  const handle = module.function(kernel.label, { params }, (f, from, to, table) => {
    if (!from || !to || !table) throw new Error("Internal: a kernel has three parameters");
    if (units.count === 0) return;
    const emitter = new LaneEmitter({
      f,
      math,
      lanes: { axis, resultsVary: nest.outer.some((loop) => loop.axis === axis) },
      pointers: loadPointers(f, table, slotsOf(nest)),
      slotType,
      shared: sharedValues(nest),
    });
    new NestEmitter(emitter, nest, units).emit(from, to);
  });
  return { handle, unitCount: units.count, cost: costOf(nest, axis) };
}

/** Sets one local per slot to its address. */
export function loadPointers(
  f: FunctionBuilder,
  table: Local,
  slots: Iterable<number>,
): Map<number, Local> {
  const pointers = new Map<number, Local>();
  for (const slot of slots) {
    const pointer = f.local("i32");
    f.address(table, slot).set(pointer);
    pointers.set(slot, pointer);
  }
  return pointers;
}

function rootsOf(nest: Nest): Value[] {
  const stores = [...nest.outerStores, ...nest.innerStores];
  return [
    ...nest.reductions.map(({ value }) => value),
    ...stores.flatMap(({ index, value }) => [index, value]),
  ];
}

function slotsOf(nest: Nest): Set<number> {
  const slots = new Set([...nest.outerStores, ...nest.innerStores].map(({ slot }) => slot));
  visitValues(rootsOf(nest), (value) => {
    if (value.kind === "load") slots.add(value.slot);
  });
  return slots;
}

/** The values with more than one use. */
function sharedValues(nest: Nest): Set<Value> {
  return valuesUsedTwice(rootsOf(nest));
}

/** The values under `roots` with more than one use. */
export function valuesUsedTwice(roots: readonly Value[]): Set<Value> {
  const uses = new Map<Value, number>();
  const use = (value: Value): void => void uses.set(value, (uses.get(value) ?? 0) + 1);
  roots.forEach(use);
  visitValues(roots, (value) => partsOf(value).forEach(use));
  return new Set([...uses].filter(([, count]) => count > 1).map(([value]) => value));
}
