import { assertEquals } from "@std/assert";
import { CALL, CALL_BYTES } from "../../../cpu/native/call_layout.ts";
import { assembleEntry } from "../../../cpu/native/entry.ts";
import { NativeCode } from "../../../cpu/native/native_code.ts";
import { assembleCpuid, assembleXgetbv } from "../../../cpu/native/processor.ts";
import { addressOf, openSystem } from "../../../cpu/native/system.ts";
import type { Tile } from "../../../cpu/native/tile.ts";
import { Assembler } from "../../../cpu/native/x64.ts";
import { isAvailable } from "./_native.ts";

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

Deno.test("the entry for Windows saves what its callers expect to find again", () => {
  const bytes = hex(assembleEntry("Windows"));
  const start = "57 56 48 81 c4 58 ff ff ff c4 e1 78 11 34 24 c4 e1 78 11 7c 24 10 ";
  assertEquals(bytes.slice(0, start.length), start); // push rdi, rsi; sub rsp; xmm6, xmm7, …
  const end = " 48 81 c4 a8 00 00 00 5e 5f c3";
  assertEquals(bytes.slice(-end.length), end); // add rsp; pop rsi, rdi; ret
  const passed = " 48 89 cf 48 89 d6 40 8b 07 ";
  assertEquals(bytes.includes(passed), true); // mov rdi, rcx; mov rsi, rdx; mov eax, [rdi]
});

Deno.test("questions to the processor take their argument where the convention puts it", () => {
  assertEquals(hex(assembleCpuid("System V").slice(0, 3)), "49 89 f8"); // mov r8, rdi
  assertEquals(hex(assembleCpuid("Windows").slice(0, 3)), "49 89 c8"); // mov r8, rcx
  assertEquals(hex(assembleXgetbv("Windows").slice(0, 3)), "49 89 c8");
});

/** C = a · b + a' · b', for one row and one vector. */
const tile: Tile = {
  rows: [0],
  vectors: [0],
  terms: [{ a: 0, b: 0 }],
  tail: 0,
  loops: [{ turns: 2, a: 4, b: 32 }],
  copies: 1,
  sums: { row: 0, vector: 0 },
  into: "replace",
  next: { a: 0, b: 0, c: 0 },
};

Deno.test({
  name: "called as Windows would, a tile is computed and xmm6 to xmm15 are preserved",
  ignore: !isAvailable("avx2") || Deno.build.os === "windows",
  fn() {
    using system = openSystem(Deno.build);
    const code = new NativeCode({ vectorBytes: 32, convention: "Windows" });
    const position = code.position(tile);
    // Calls the entry with the arguments of Windows, and adds up what is left in the registers.
    const [before, after] = [CALL_BYTES, CALL_BYTES + 16];
    const adapt = (bytes: number) => {
      const adapter = new Assembler(16).addConstant("rsp", -8);
      for (let i = 6; i < 16; i++) adapter.loadVector(i, { base: "rdi", offset: before });
      adapter.move("rcx", "rdi").move("rdx", "rsi");
      adapter.addressOfStart("rax").addConstant("rax", bytes).callTo("rax");
      for (let i = 7; i < 16; i++) adapter.addVectors(6, 6, i);
      return adapter.storeVector({ base: "rdi", offset: after }, 6).addConstant("rsp", 8).return();
    };
    const adapter = adapt(adapt(1).position);
    const all = new Uint8Array([...adapter.bytes, ...code.bytes()]);
    const memory = new Float32Array(CALL_BYTES / 4 + 64);
    const words = new Uint32Array(memory.buffer);
    // places of the operands, in elements
    const [a, b, c] = [16, 20, 36].map((place) => CALL_BYTES / 4 + place) as [
      number,
      number,
      number,
    ];
    words.set([position], CALL.code / 4);
    words.set([4 * a, 4 * b, 4 * c, 1, 1], CALL.a / 4);
    memory.fill(1, before / 4, before / 4 + 4);
    memory.set([3, 5], a);
    for (let i = 0; i < 16; i++) memory[b + i] = i;
    const address = system.allocateCode(all);
    const heap = Deno.UnsafePointer.of(memory);
    system.enter(heap, heap, 1n, 1n, Deno.UnsafePointer.create(address));
    system.freeCode(address, all.length);
    const expected = Array.from({ length: 8 }, (_, i) => 3 * i + 5 * (i + 8));
    assertEquals([...memory.slice(c, c + 8)], expected);
    assertEquals([...memory.slice(after / 4, after / 4 + 4)], [10, 10, 10, 10]);
    assertEquals(addressOf(heap) > 0n, true);
  },
});
