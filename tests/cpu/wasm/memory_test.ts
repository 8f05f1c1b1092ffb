import { assertEquals } from "@std/assert";
import type { MemoryOp } from "../../../cpu/wasm/memory_opcodes.ts";
import { assemble } from "./_assemble.ts";

Deno.test("loads and stores respect byte offsets and widths", () => {
  const { call, memory } = assemble(["i32"], ["i32"], (f, base) => {
    f.get(base).get(base).memory("v128.load32_splat", 4).memory("v128.store", 32);
    f.get(base).get(base).memory("v128.load32_zero", 8).memory("v128.store", 48);
    f.get(base, base).i32x4(0).memoryLane("v128.load32_lane", 3, 12).memory("v128.store", 64);
    f.get(base).i32x4(10, 11, 12, 13).memoryLane("v128.store32_lane", 2, 80);
    f.get(base, base).memory("f32.load", 0).memory("f32.store", 84);
    f.get(base).memory("i32.load8_u", 0).get(base).memory("i32.load8_u", 1).op("i32.add");
  });
  const words = new Int32Array(memory.buffer, 16);
  words.set([0x0000ff05, 2, 3, 4]);
  assertEquals(call(16), 5 + 255);
  assertEquals([...words.slice(8, 22)], [2, 2, 2, 2, 3, 0, 0, 0, 0, 0, 0, 4, 12, 0x0000ff05]);
});

Deno.test("memory.fill writes bytes", () => {
  const { call, memory } = assemble([], [], (f) => {
    f.i32(0).i32(7).i32(8).memoryFill();
  });
  call();
  assertEquals([...new Uint8Array(memory.buffer, 0, 10)], [7, 7, 7, 7, 7, 7, 7, 7, 0, 0]);
});

Deno.test("atomics read, modify, and wait without blocking on a changed word", () => {
  const { call, memory } = assemble(["i32"], ["i32"], (f, at) => {
    f.get(at).i32(5).memory("i32.atomic.store", 4);
    f.get(at).i32(3).memory("i32.atomic.rmw.add", 4).op("drop");
    f.get(at).i32(8).i32(20).memory("i32.atomic.rmw.cmpxchg", 4).op("drop");
    f.get(at).i32(99).i64(-1n).memory("memory.atomic.wait32", 4); // 1: value differs
    f.get(at).i32(1).memory("memory.atomic.notify", 4).op("i32.add"); // 0: nobody waits
  });
  assertEquals(call(0), 1);
  assertEquals(new Int32Array(memory.buffer)[1], 20);
  const rmw: [MemoryOp, number][] = [
    ["i32.atomic.rmw.add", 12 + 10],
    ["i32.atomic.rmw.sub", 12 - 10],
  ];
  for (const [op, expected] of rmw) {
    const probe = assemble([], ["i32"], (f) => {
      f.i32(0).i32(12).memory("i32.atomic.store");
      f.i32(0).i32(10).memory(op).op("drop").i32(0).memory("i32.atomic.load");
    });
    assertEquals(probe.call(), expected, op);
  }
});
