/** A program that reads, in native code, at an offset from the end of guarded memory. */
import { guardedByteLength, guardMemory } from "../../../cpu/native/guard_pages.ts";
import { addressOf, openSystem } from "../../../cpu/native/system.ts";
import { Assembler } from "../../../cpu/native/x64.ts";

const BYTES = 8192;
using system = openSystem(Deno.build);
const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const words = new Int32Array(memory.buffer);
const bytes = new Uint8Array(memory.buffer as unknown as ArrayBuffer);
const heap = addressOf(Deno.UnsafePointer.of(bytes));
if (64 + guardedByteLength(BYTES) > bytes.length) throw new Error("Internal: too small");
const { address } = guardMemory(system, heap, { block: 64, byteLength: BYTES });
const from = address + BYTES + Number(Deno.args[0]);
if (Number(Deno.args[0]) < 0) words[from / 4] = 7;
const [key, element] = system.convention === "Windows"
  ? ["rcx", "rdx"] as const
  : ["rdi", "rsi"] as const;
const code = new Assembler(16).load32("rax", { base: key, offset: 0 });
code.store32({ base: element, offset: 0 }, "rax").clear32("rax").return();
const entry = Deno.UnsafePointer.create(system.allocateCode(new Uint8Array(code.bytes)));
const pointer = (place: number) => Deno.UnsafePointer.create(heap + BigInt(place));
system.enter(pointer(from), pointer(0), 1n, 1n, entry);
console.log(words[0]);
