/** Generates the function of a loop kernel. */
import type { LoopKernel } from "../../graph/kernel.ts";
import type { CompiledKernel } from "../compiled_kernel.ts";
import type { KernelContext } from "../kernel_context.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { LaneEmitter } from "./lane_emitter.ts";
import { NestEmitter } from "./nest_emitter.ts";
import { buildNest, rootsOf, slotsOf, valuesUsedTwice } from "./nest.ts";
import { planUnits } from "./units.ts";
import { chooseVectorAxis, costOf } from "./vector_axis.ts";

/** Adds the kernel's function, `(unitFrom, unitTo, table)`, to the module. */
export function compileLoop(
  kernel: LoopKernel,
  { module, math, slotType, wide: wideKernels }: Omit<KernelContext, "fused">,
): CompiledKernel {
  const nest = buildNest(kernel);
  const axis = chooseVectorAxis(nest);
  const wide = wideKernels?.planNest(nest, axis, { math, slotType });
  const wideRows = wideKernels?.planRows(nest, axis, { math, slotType });
  const units = planUnits(nest, axis, wide?.lanes);
  const params = ["i32", "i32", "i32"] as const;
  const handle = module.function(kernel.label, { params }, (f, from, to, table) => {
    if (units.count === 0) return;
    const roots = rootsOf(nest);
    const emitter = new LaneEmitter({
      f,
      math,
      lanes: { axis, resultsVary: nest.outer.some((loop) => loop.axis === axis) },
      pointers: loadPointers(f, table, slotsOf([...nest.outerStores, ...nest.innerStores], roots)),
      slotType,
      shared: valuesUsedTwice(roots),
    });
    new NestEmitter(emitter, { nest, units, wide, wideRows }).emit(from, to);
  });
  return {
    handle,
    unitCount: units.count,
    unitsPerPack: 1,
    cost: costOf(nest, axis),
    scratchByteLength: 0,
  };
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
