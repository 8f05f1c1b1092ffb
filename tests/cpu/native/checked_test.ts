import { assert, assertEquals } from "@std/assert";
import { ProgramGuard } from "../../../cpu/checked/program_guard.ts";
import { takeViolation } from "../../../cpu/checked/violation.ts";
import { CALL } from "../../../cpu/native/call_layout.ts";
import { NativeProgram } from "../../../cpu/native/native_program.ts";
import type { Tile } from "../../../cpu/native/tile.ts";
import { ModuleBuilder } from "../../../cpu/wasm/assembler.ts";
import { s } from "../../../graph/mod.ts";
import { externalPlan, loop, zeros } from "../../gpu/_plans.ts";

const [CALL_PLACE, TABLE, A, C] = [512, 1024, 2048, 4096];

/** A kernel that reads slot 0, of 64 elements, and writes slot 1, of 32. */
const plan = externalPlan([[
  loop({
    outer: [32],
    outerStores: [{ slot: 1, index: s.axis(0, 32), value: s.load(0, "f32", s.axis(0, 32)) }],
  }),
]], [zeros("f32", [64]), zeros("f32", [32])]);

/** Two rows of eight sums of four terms each: A is [2, 4], and B is [4, 8]. */
const tile: Tile = {
  rows: [0, 16],
  vectors: [0],
  terms: [{ a: 0, b: 0 }],
  tail: 0,
  loops: [{ turns: 4, a: 4, b: 32 }],
  copies: 1,
  sums: { row: 32, vector: 32 },
  into: "replace",
  next: { a: 32, b: 0, c: 64 },
};

/** Runs a guarded call of a tile, without its code; gives the violation or the call. */
function call(
  changed: Partial<Tile>,
  { a = 0, b = 8, c = 0, tiles = 1 }: { a?: number; b?: number; c?: number; tiles?: number } = {},
): string | readonly number[] {
  const module = new ModuleBuilder().importMemory({
    module: "host",
    name: "memory",
    minimumPages: 1,
    maximumPages: 1,
  });
  const native = new NativeProgram(module, { vectorBytes: 32, convention: "System V" });
  const guard = new ProgramGuard(module, plan, { shared: false });
  const { handle } = guard.compile(plan.dispatches[0]!.kernels[0]!, () => ({
    handle: module.function("kernel", {}, (f) => {
      const [first, second, sums] = f.locals("i32", 3);
      const table = f.local("i32");
      f.address(table, 0).i32(4 * a).op("i32.add").set(first);
      f.address(table, 0).i32(4 * b).op("i32.add").set(second);
      f.address(table, 1).i32(4 * c).op("i32.add").set(sums);
      native.emitCall(f, { ...tile, ...changed }, { a: first, b: second, c: sums, tiles });
    }),
    scratchByteLength: 0,
  }));
  const params = ["i32"] as const;
  module.function("run", { params, exported: true }, (f, place) => {
    const table = f.local("i32");
    f.i32(TABLE).set(table);
    guard.begin(f, table, table);
    native.begin(f, place);
    f.call(handle);
  });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const words = new Int32Array(memory.buffer);
  words.set([A, C], TABLE / 4);
  let calls = 0;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    host: { memory, enter: () => void calls++ },
  });
  try {
    (exports["run"] as (place: number) => void)(CALL_PLACE);
  } catch (error) {
    const violation = takeViolation(new Uint8Array(memory.buffer), plan, guard.regions);
    if (!violation) throw error;
    assertEquals(calls, 0, "native code ran before its memory was checked");
    return violation.message;
  }
  assertEquals(calls, 1);
  return [...words.slice(CALL_PLACE / 4, CALL_PLACE / 4 + Object.keys(CALL).length)].slice(1);
}

Deno.test("a call within its slots is made with addresses in memory", () => {
  assertEquals(call({}), [A, A + 32, C, 1, 1, 0]);
  assertEquals(call({}, { tiles: 2, b: 16 }), [A, A + 64, C, 1, 2, 0]);
  assertEquals(call({}, { a: 56, b: 32, c: 16 }), [A + 224, A + 128, C + 64, 1, 1, 0]);
});

const faults: readonly (readonly [string, string, Parameters<typeof call>])[] = [
  ["rows of A behind their slot", 'read of 32 bytes is at elements 57 to 64 of "slot 0"', [{}, {
    a: 57,
  }]],
  ["B behind its slot", 'read of 128 bytes is at elements 33 to 64 of "slot 0"', [{}, { b: 33 }]],
  ["B before its slot", 'read of 128 bytes is at elements -1 to 30 of "slot 0"', [{}, { b: -1 }]],
  ["sums behind their slot", 'write of 64 bytes is at elements 17 to 32 of "slot 1"', [{}, {
    c: 17,
  }]],
  ["more tiles than there are sums", 'write of 192 bytes is at elements 0 to 47 of "slot 1"', [
    {},
    { tiles: 3, b: 32 },
  ]],
  ["a tail", 'read of 160 bytes is at elements 32 to 71 of "slot 0"', [{ tail: 1 }, { b: 32 }]],
  ["a longer loop", 'read of 288 bytes is at elements 8 to 79 of "slot 0"', [
    { loops: [{ turns: 9, a: 4, b: 32 }] },
    {},
  ]],
];

for (const [name, message, args] of faults) {
  Deno.test(`checked mode finds a native tile that would access ${name}`, () => {
    const found = call(...args);
    assert(typeof found === "string" && found.includes(message), String(found));
  });
}
