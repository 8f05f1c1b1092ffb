import { assert, assertEquals } from "@std/assert";
import { ProgramGuard } from "../../../cpu/checked/program_guard.ts";
import { takeViolation } from "../../../cpu/checked/violation.ts";
import { LaneEmitter } from "../../../cpu/loops/lane_emitter.ts";
import { loadPointers } from "../../../cpu/loops/loop_kernel.ts";
import { buildNest } from "../../../cpu/loops/nest.ts";
import { planWideNest } from "../../../cpu/loops/wide_nest.ts";
import { MathLibrary } from "../../../cpu/math/math_library.ts";
import { NativeProgram } from "../../../cpu/native/native_program.ts";
import { ModuleBuilder } from "../../../cpu/wasm/assembler.ts";
import { type LoopKernel, s } from "../../../graph/mod.ts";
import { at, externalPlan, loop, zeros } from "../../gpu/_plans.ts";

const [CALL_PLACE, TABLE, FIRST_SLOT, SLOT_BYTES] = [1024, 512, 4096, 4096];
const SIZE = 80;

/** Runs the guarded call of a kernel for some of its columns; gives the violation, if there is one. */
function run(kernel: LoopKernel, shapes: readonly number[][], end: number): string | undefined {
  const plan = externalPlan([[kernel]], shapes.map((shape) => zeros("f32", shape)));
  const module = new ModuleBuilder().importMemory({
    module: "host",
    name: "memory",
    minimumPages: 1,
    maximumPages: 1,
  });
  const native = new NativeProgram(module, { vectorBytes: 32, convention: "System V" });
  const guard = new ProgramGuard(module, plan, { shared: false });
  const math = new MathLibrary(module, { fused: true, constants: undefined });
  const slotType = (slot: number) => ({
    dtype: "f32" as const,
    elementCount: shapes[slot]!.reduce((product, size) => product * size, 1),
  });
  const nest = buildNest(kernel);
  const wide = planWideNest(nest, 0, { math, slotType, native })!;
  const { handle } = guard.compile(kernel, () => ({
    handle: module.function("kernel", { params: ["i32"] }, (f, table) => {
      const pointers = loadPointers(f, table, shapes.keys());
      const lanes = { axis: 0, resultsVary: true };
      const e = new LaneEmitter({ f, math, lanes, pointers, slotType, shared: new Set() });
      e.scopes.within(new Map(), new Map(), () => wide.emit(e, { start: 0, end }));
    }),
    scratchByteLength: 0,
  }));
  module.function("run", { params: ["i32", "i32"], exported: true }, (f, table, place) => {
    guard.begin(f, table, table);
    native.begin(f, place);
    f.get(table).call(handle);
  });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const places = shapes.map((_, slot) => FIRST_SLOT + SLOT_BYTES * slot);
  new Int32Array(memory.buffer).set(places, TABLE / 4);
  let calls = 0;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    host: { memory, enter: () => void calls++ },
  });
  try {
    (exports["run"] as (table: number, place: number) => void)(TABLE, CALL_PLACE);
  } catch (error) {
    const violation = takeViolation(new Uint8Array(memory.buffer), plan, guard.regions);
    if (!violation) throw error;
    assertEquals(calls, 0, "native code ran before its memory was checked");
    return violation.message;
  }
  assert(calls > 0);
  return undefined;
}

const index = s.axis(0, SIZE);
const chain = loop({
  outer: [SIZE],
  outerStores: [{ slot: 1, index, value: s.mul(at(0, [SIZE], { axes: [0] }), s.const(2)) }],
});
const columns = loop({
  outer: [SIZE],
  inner: [3],
  reductions: [{
    combine: "sum",
    value: s.load(0, "f32", s.add(s.mul(s.axis(1, 3), s.int(SIZE)), index)),
  }],
  outerStores: [{ slot: 1, index, value: s.result(0, "f32") }],
});

Deno.test("a wide loop within its slots is called", () => {
  assertEquals(run(chain, [[SIZE], [SIZE]], SIZE), undefined);
  assertEquals(run(columns, [[3, SIZE], [SIZE]], SIZE), undefined);
});

Deno.test("checked mode finds wide loops that would access memory outside of slots", () => {
  const read = run(chain, [[SIZE], [SIZE]], SIZE + 1);
  assert(read?.includes('read of 324 bytes is at elements 0 to 80 of "slot 0"'), read);
  const write = run(chain, [[SIZE + 1], [SIZE]], SIZE + 1);
  assert(write?.includes('write of 324 bytes is at elements 0 to 80 of "slot 1"'), write);
  const rows = run(columns, [[3, SIZE], [2 * SIZE]], SIZE + 16);
  assert(rows?.includes('of "slot 0"'), rows);
});
