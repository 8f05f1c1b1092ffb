import { assertEquals } from "@std/assert";
import { Assembler } from "../../../cpu/native/x64.ts";

/** Encodings as GNU as and objdump 2.40 know them, by what they print in Intel's syntax. */
const scalars: readonly [string, (code: Assembler) => Assembler, string][] = [
  ["mov rax, r8", (code) => code.move("rax", "r8"), "4c 89 c0"],
  ["mov r11, rcx", (code) => code.move("r11", "rcx"), "49 89 cb"],
  ["mov esi, 0x12345678", (code) => code.moveConstant32("rsi", 0x12345678), "be 78 56 34 12"],
  ["mov r9d, 1", (code) => code.moveConstant32("r9", 1), "41 b9 01 00 00 00"],
  ["mov r11d, [rdi+20]", (code) => code.load32("r11", at("rdi", 20)), "44 8b 5f 14"],
  ["mov [r8+4], ebx", (code) => code.store32(at("r8", 4), "rbx"), "41 89 58 04"],
  ["mov eax, [rsp]", (code) => code.load32("rax", at("rsp", 0)), "40 8b 04 24"],
  ["mov eax, [rbp+0]", (code) => code.load32("rax", at("rbp", 0)), "40 8b 45 00"],
  ["mov eax, [rdi-300]", (code) => code.load32("rax", at("rdi", -300)), "40 8b 87 d4 fe ff ff"],
  ["add r10, rsi", (code) => code.add("r10", "rsi"), "49 01 f2"],
  ["add rcx, -64", (code) => code.addConstant("rcx", -64), "48 81 c1 c0 ff ff ff"],
  ["nothing", (code) => code.addConstant("rcx", 0), ""],
  ["xor eax, eax", (code) => code.clear32("rax"), "40 31 c0"],
  ["test eax, eax", (code) => code.test32("rax"), "40 85 c0"],
  ["dec r11d", (code) => code.decrement32("r11"), "41 ff cb"],
  ["push rbx", (code) => code.push("rbx"), "53"],
  ["pop rdi", (code) => code.pop("rdi"), "5f"],
  ["jmp rax", (code) => code.jumpTo("rax"), "ff e0"],
  ["call rax", (code) => code.callTo("rax"), "ff d0"],
  ["ret", (code) => code.return(), "c3"],
  ["cpuid", (code) => code.cpuid(), "0f a2"],
  ["xgetbv", (code) => code.xgetbv(), "0f 01 d0"],
  ["vzeroupper", (code) => code.zeroUpper(), "c5 f8 77"],
];

const vectors: readonly [string, 16 | 32 | 64, (code: Assembler) => Assembler, string][] = [
  [
    "vmovups [rsp+144], xmm15",
    16,
    (c) => c.storeVector(at("rsp", 144), 15),
    "c4 61 78 11 bc 24 90 00 00 00",
  ],
  ["vpxor ymm8, ymm8, ymm8", 32, (c) => c.clearVector(8), "c4 41 3d ef c0"],
  ["vmovups ymm1, [rcx+32]", 32, (c) => c.loadVector(1, at("rcx", 32)), "c4 e1 7c 10 49 20"],
  [
    "vmovups [r10+4096], ymm9",
    32,
    (c) => c.storeVector(at("r10", 4096), 9),
    "c4 41 7c 11 8a 00 10 00 00",
  ],
  ["vbroadcastss ymm15, [rax]", 32, (c) => c.broadcast(15, at("rax", 0)), "c4 62 7d 18 38"],
  ["vaddps ymm2, ymm3, [r10]", 32, (c) => c.addVectors(2, 3, at("r10", 0)), "c4 c1 64 58 12"],
  ["vaddps ymm2, ymm3, ymm12", 32, (c) => c.addVectors(2, 3, 12), "c4 c1 64 58 d4"],
  ["vfmadd231ps ymm0, ymm12, ymm15", 32, (c) => c.multiplyAdd(0, 12, 15), "c4 c2 1d b8 c7"],
  ["vpxord zmm31, zmm31, zmm31", 64, (c) => c.clearVector(31), "62 01 05 40 ef ff"],
  ["vmovups zmm24, [rcx+128]", 64, (c) => c.loadVector(24, at("rcx", 128)), "62 61 7c 48 10 41 02"],
  [
    "vmovups zmm1, [rcx+100]",
    64,
    (c) => c.loadVector(1, at("rcx", 100)),
    "62 f1 7c 48 10 89 64 00 00 00",
  ],
  ["vmovups [r10-64], zmm17", 64, (c) => c.storeVector(at("r10", -64), 17), "62 c1 7c 48 11 4a ff"],
  ["vbroadcastss zmm26, [rax+4]", 64, (c) => c.broadcast(26, at("rax", 4)), "62 62 7d 48 18 50 01"],
  [
    "vaddps zmm5, zmm6, [r10+64]",
    64,
    (c) => c.addVectors(5, 6, at("r10", 64)),
    "62 d1 4c 48 58 6a 01",
  ],
  ["vfmadd231ps zmm3, zmm24, zmm31", 64, (c) => c.multiplyAdd(3, 24, 31), "62 92 3d 40 b8 df"],
  ["vfmadd231ps zmm16, zmm2, zmm9", 64, (c) => c.multiplyAdd(16, 2, 9), "62 c2 6d 48 b8 c1"],
];

function at(base: "rax" | "rcx" | "rsp" | "rbp" | "rdi" | "r8" | "r10", offset: number) {
  return { base, offset };
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

for (const [text, assemble, bytes] of scalars) {
  Deno.test(`x64: ${text}`, () => assertEquals(hex(assemble(new Assembler(32)).bytes), bytes));
}

for (const [text, width, assemble, bytes] of vectors) {
  Deno.test(`x64: ${text}`, () => assertEquals(hex(assemble(new Assembler(width)).bytes), bytes));
}

Deno.test("x64: jumps are relative to the next instruction", () => {
  const code = new Assembler(32).unlessZero(() => {}).repeat("rsi", () => {});
  assertEquals(hex(code.bytes), "0f 84 00 00 00 00 40 ff ce 0f 85 f7 ff ff ff");
  const around = new Assembler(32);
  around.repeat("rdx", () => around.unlessZero(() => around.return()));
  assertEquals(hex(around.bytes), "0f 84 01 00 00 00 c3 40 ff ca 0f 85 f0 ff ff ff");
});

Deno.test("x64: the address of the start counts from wherever it is asked", () => {
  assertEquals(hex(new Assembler(32).addressOfStart("rdx").bytes), "48 8d 15 f9 ff ff ff");
  const later = new Assembler(32).return().addressOfStart("r11");
  assertEquals(hex(later.bytes), "c3 4c 8d 1d f8 ff ff ff");
});
