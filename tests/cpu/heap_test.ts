import { assert, assertEquals, assertThrows } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import { Heap } from "../../cpu/runtime/heap.ts";
import { DTypeError, OutOfMemoryError, ShapeError } from "../../graph/mod.ts";
import { generator } from "../support/random.ts";
import { cpuTest } from "./_backend.ts";

interface Held {
  readonly address: number;
  readonly bytes: number;
  readonly mark: number;
}

for (const shared of [true, false]) {
  Deno.test(`parts of a heap never overlap and start as zeros (shared: ${shared})`, () => {
    const heap = new Heap({ shared });
    const next = generator(5);
    const held: Held[] = [];
    for (let turn = 1; turn <= 2000; turn++) {
      if (held.length > 40 || (held.length > 0 && next() < 0.45)) {
        const [part] = held.splice(Math.floor(next() * held.length), 1);
        const { address, bytes, mark } = part!;
        const content = heap.bytes.subarray(address, address + bytes);
        assert(content.every((byte) => byte === mark), `part of turn ${turn} was overwritten`);
        heap.release(address, bytes);
      } else {
        const bytes = Math.floor(10 ** (6 * next()));
        const address = heap.allocate(bytes, "part");
        assertEquals(address % 64, 0);
        const content = heap.bytes.subarray(address, address + bytes);
        assert(content.every((byte) => byte === 0), `part of turn ${turn} is not empty`);
        const mark = turn % 255 + 1;
        content.fill(mark);
        held.push({ address, bytes, mark });
      }
    }
    const size = heap.memory.buffer.byteLength;
    for (const { address, bytes } of held) heap.release(address, bytes);
    heap.allocate(size - 70_000, "everything"); // free parts have joined again
    assertEquals(heap.memory.buffer.byteLength, size);
  });
}

cpuTest("released memory is used again", (cpu) => {
  const type = { dtype: "f32", shape: [1_000_000] } as const;
  for (let i = 0; i < 3000; i++) { // twelve gigabytes in all
    const buffer = cpu.allocate(type, "short-lived");
    buffer[Symbol.dispose]();
    buffer[Symbol.dispose](); // once is enough, twice does no harm
  }
});

Deno.test("a buffer that does not fit throws an OutOfMemoryError that names it", () => {
  using cpu = openCpu({ threads: 1, maximumBytes: 2 ** 22 });
  using first = cpu.allocate({ dtype: "f32", shape: [2 ** 19] }, "first");
  assertThrows(
    () => cpu.allocate({ dtype: "f32", shape: [2 ** 19] }, "the second"),
    OutOfMemoryError,
    'Cannot allocate "the second" on cpu',
  );
  using small = cpu.allocate({ dtype: "f32", shape: [2 ** 10] }, "small");
  assertEquals(cpu.memory(), { liveBuffers: 2, liveBytes: 4 * (2 ** 19 + 2 ** 10) });
  first.write(new Float32Array(2 ** 19));
  small.write(new Float32Array(2 ** 10));
});

Deno.test("no buffer extends past the last 32-bit address", () => {
  using cpu = openCpu({ threads: 1 });
  assertThrows(
    () => cpu.allocate({ dtype: "f32", shape: [2 ** 30] }, "four gigabytes"),
    OutOfMemoryError,
  );
  assertEquals(cpu.memory(), { liveBuffers: 0, liveBytes: 0 });
});

cpuTest("buffers accept only host arrays of their type and length", async (cpu) => {
  using flags = cpu.allocate({ dtype: "bool", shape: [3] }, "flags");
  flags.write(Uint8Array.of(0, 7, 1));
  assertEquals(await cpu.read([flags]), [Uint8Array.of(0, 1, 1)]);
  assertThrows(() => flags.write(Uint8Array.of(1)), ShapeError, "of 3");
  assertThrows(() => flags.write(Int32Array.of(1, 2, 3)), DTypeError, "Uint8Array");
});
