/** Asks the processor which vector instructions it has and the operating system allows. */
import type { Convention } from "./entry.ts";
import type { System } from "./system.ts";
import { Assembler } from "./x64.ts";

/** The answer of `cpuid` to one question. */
interface Leaf {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
}

/** Bits of `cpuid`. */
const [FMA, OSXSAVE, AVX] = [12, 27, 28]; // ecx of leaf 1
const [AVX2, AVX512F] = [5, 16]; // ebx of leaf 7

/** State that the system must preserve: SSE and AVX, and the registers that AVX-512 adds. */
const AVX_STATE = 0x06;
const AVX512_STATE = 0xe6;

/** Width of the widest vectors with fused multiply-add, in bytes; 16 if there is only SSE. */
export function detectVectorBytes(system: System): 16 | 32 | 64 {
  const ask = (code: readonly number[], ...words: [number, number]): Leaf => {
    const answer = new Uint32Array([...words, 0, 0]);
    run(system, code, answer);
    const [eax = 0, ebx = 0, ecx = 0] = answer;
    return { eax, ebx, ecx };
  };
  const cpuid = assembleCpuid(system.convention);
  const has = (bits: number, bit: number) => (bits >>> bit & 1) === 1;
  if (ask(cpuid, 0, 0).eax < 7) return 16;
  const { ecx } = ask(cpuid, 1, 0);
  if (![FMA, OSXSAVE, AVX].every((bit) => has(ecx, bit))) return 16;
  const { eax: state } = ask(assembleXgetbv(system.convention), 0, 0);
  const { ebx } = ask(cpuid, 7, 0);
  if ((state & AVX_STATE) !== AVX_STATE || !has(ebx, AVX2)) return 16;
  return (state & AVX512_STATE) === AVX512_STATE && has(ebx, AVX512F) ? 64 : 32;
}

/** Calls code with the address of an array of four words, which it may replace. */
function run(system: System, bytes: readonly number[], words: Uint32Array<ArrayBuffer>): void {
  const address = system.allocateCode(new Uint8Array(bytes));
  const [key, code] = [Deno.UnsafePointer.of(words), Deno.UnsafePointer.create(address)];
  system.enter(key, key, 1n, 1n, code);
  system.freeCode(address, bytes.length);
}

const word = (i: number) => ({ base: "r8", offset: 4 * i }) as const;

/** Replaces the first words, a leaf and a subleaf, by the answer of `cpuid`. */
export function assembleCpuid(convention: Convention): readonly number[] {
  const code = begin(convention).push("rbx").load32("rax", word(0)).load32("rcx", word(1)).cpuid();
  code.store32(word(0), "rax").store32(word(1), "rbx").store32(word(2), "rcx");
  return code.pop("rbx").clear32("rax").return().bytes;
}

/** Replaces the first word by the state that the operating system preserves. */
export function assembleXgetbv(convention: Convention): readonly number[] {
  const code = begin(convention).clear32("rcx").xgetbv().store32(word(0), "rax");
  return code.clear32("rax").return().bytes;
}

function begin(convention: Convention): Assembler {
  return new Assembler(16).move("r8", convention === "Windows" ? "rcx" : "rdi");
}
