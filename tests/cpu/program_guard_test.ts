/** The guard of a kernel, with incorrect kernels that are written by hand. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProgramGuard } from "../../cpu/checked/program_guard.ts";
import { takeViolation } from "../../cpu/checked/violation.ts";
import type { CheckError } from "../../cpu/mod.ts";
import { SCRATCH_ADDRESS } from "../../cpu/runtime/layout.ts";
import { ScratchParts } from "../../cpu/scratch_parts.ts";
import { ModuleBuilder } from "../../cpu/wasm/assembler.ts";
import type { FunctionBuilder } from "../../cpu/wasm/function_builder.ts";
import { s } from "../../graph/mod.ts";
import { externalPlan, loop, zeros } from "../gpu/_plans.ts";

const [TABLE, PLACE, SCRATCH] = [1024, 2048, 4096];
const four = s.axis(0, 4);
const copy = loop({
  outer: [4],
  outerStores: [{ slot: 1, index: four, value: s.load(0, "f32", four) }],
});
const two = externalPlan([[copy]], [zeros("f32", [4]), zeros("f32", [4])]);

/** Runs a guarded body that may read slot 0 and write slot 1, of four elements each. */
function runGuarded(body: (f: FunctionBuilder) => void): CheckError | undefined {
  const module = new ModuleBuilder().importMemory({
    module: "host",
    name: "memory",
    minimumPages: 1,
    maximumPages: 1,
  });
  const guard = new ProgramGuard(module, two, { shared: false });
  const { handle } = guard.compile(two.dispatches[0]!.kernels[0]!, () => ({
    handle: module.function("kernel", {}, body),
    scratchByteLength: 32,
  }));
  const params = ["i32", "i32"] as const;
  module.function("run", { params, exported: true }, (f, table, scratch) => {
    guard.begin(f, table!, scratch!);
    f.call(handle);
  });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  new Int32Array(memory.buffer, TABLE).set([PLACE, PLACE + 16]); // adjacent
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    host: { memory },
  });
  const run = exports["run"] as (table: number, scratch: number) => void;
  try {
    run(TABLE, SCRATCH);
  } catch (error) {
    const violation = takeViolation(new Uint8Array(memory.buffer), two, guard.regions);
    if (!violation) throw error;
    return violation;
  }
  return undefined;
}

/** Pushes the address of a slot. */
function slotOf(f: FunctionBuilder, slot: number): FunctionBuilder {
  return f.address(f.local("i32"), slot);
}

const bodies: readonly (readonly [string, string, (f: FunctionBuilder) => void])[] = [
  [
    "a store to what it only reads",
    'store of 4 bytes is at element 0 of "slot 0", f32[4] of 4 elements, which it only reads',
    (f) => slotOf(f, 0).f32(1).memory("f32.store"),
  ],
  [
    "a store to the slot next to its own",
    'store of 4 bytes is at element -1 of "slot 1"',
    (f) => slotOf(f, 1).i32(-4).op("i32.add").f32(1).memory("f32.store"),
  ],
  [
    "a vector that is stored across the end",
    'store of 16 bytes is at elements 2 to 5 of "slot 1"',
    (f) => slotOf(f, 1).i32x4(0).memory("v128.store", 8),
  ],
  [
    "a lane that is stored behind the end",
    'store of 4 bytes is at element 4 of "slot 1"',
    (f) => slotOf(f, 1).i32x4(0).memoryLane("v128.store32_lane", 1, 16),
  ],
  [
    "a vector that is loaded from behind the end",
    'load of 16 bytes is at elements 4 to 7 of "slot 0"',
    (f) => slotOf(f, 0).memory("v128.load", 16).op("drop"),
  ],
  [
    "one element that is loaded from behind the end",
    'load of 4 bytes is at element 4 of "slot 0"',
    (f) => slotOf(f, 0).memory("v128.load32_splat", 16).op("drop"),
  ],
  [
    "a fill that is too long",
    'fill of 20 bytes is at elements 0 to 4 of "slot 1"',
    (f) => slotOf(f, 1).i32(0).i32(20).memoryFill(),
  ],
  [
    "an address of its own",
    "load of 4 bytes is at address 1024, which is in none of them",
    (f) => f.i32(TABLE).memory("i32.load").op("drop"),
  ],
  [
    "a store behind its part of scratch memory",
    'store of 4 bytes is at byte 16 of 16 of its scratch memory "first"',
    (f) => {
      const parts = new ScratchParts(f.guard);
      const first = parts.take("first", 16);
      parts.take("second", 16);
      f.i32(SCRATCH_ADDRESS + first).f32(1).memory("f32.store", 16);
    },
  ],
  [
    "a loop that ends early",
    'a loop of "loop" must run 5 iterations: current number is 1',
    (f) => f.repeat(5, () => f.i32(0)),
  ],
];

for (const [name, message, body] of bodies) {
  Deno.test(`the guard of a kernel finds ${name}`, () => {
    const error = runGuarded(body);
    assert(error?.message.includes(message), error?.message);
  });
}

Deno.test("the guard of a kernel allows valid accesses", () => {
  const error = runGuarded((f) => {
    const [address, end] = [f.local("i32"), f.local("i32")];
    slotOf(f, 0).memory("v128.load", 12).op("drop"); // overlaps the end
    slotOf(f, 0).i32(-12).op("i32.add").memory("v128.load").op("drop"); // overlaps the beginning
    slotOf(f, 1).i32x4(7).memory("v128.store");
    slotOf(f, 1).set(address);
    f.walk(address, 4, { turns: 4, end }, () => f.get(address).i32(1).memory("i32.store"));
    slotOf(f, 1).set(address);
    f.walk(address, 0, { turns: 4, end }, () => f.get(address).i32(1).memory("i32.store"));
    slotOf(f, 1).i32(0).i32(16).memoryFill();
    const parts = new ScratchParts(f.guard);
    for (const part of [parts.take("first", 16), parts.take("second", 16)]) {
      f.i32(SCRATCH_ADDRESS + part).i32x4(7).memory("v128.store");
    }
  });
  assertEquals(error, undefined);
});

Deno.test("guarded code must declare the number of iterations of each loop and cannot use atomics", () => {
  assertThrows(
    () => runGuarded((f) => f.loop(() => {})),
    Error,
    "must declare its number of iterations",
  );
  const atomic = (f: FunctionBuilder) => slotOf(f, 1).memory("i32.atomic.load").op("drop");
  assertThrows(() => runGuarded(atomic), Error, "must only load and store");
});
