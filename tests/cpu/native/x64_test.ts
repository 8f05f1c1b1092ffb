import { assertEquals } from "@std/assert";
import type { LaneMask } from "../../../cpu/native/encoding.ts";
import type { Memory, Register } from "../../../cpu/native/registers.ts";
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
  [
    "add rcx, 2^31 - 1; add rcx, 1",
    (code) => code.addConstant("rcx", 2 ** 31),
    "48 81 c1 ff ff ff 7f 48 81 c1 01 00 00 00",
  ],
  [
    "add r9, -2^31; add r9, -1",
    (code) => code.addConstant("r9", -(2 ** 31) - 1),
    "49 81 c1 00 00 00 80 49 81 c1 ff ff ff ff",
  ],
  [
    "add qword ptr [rsp+8], 2^31 - 1; add qword ptr [rsp+8], 2",
    (code) => code.addToMemory(at("rsp", 8), 2 ** 31 + 1),
    "48 81 44 24 08 ff ff ff 7f 48 81 44 24 08 02 00 00 00",
  ],
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
  ["mov r12, [rsp+16]", (code) => code.load64("r12", at("rsp", 16)), "4c 8b 64 24 10"],
  ["mov [rsp+8], rax", (code) => code.store64(at("rsp", 8), "rax"), "48 89 44 24 08"],
  ["mov [r13+0], rbp", (code) => code.store64(at("r13", 0), "rbp"), "49 89 6d 00"],
  [
    "add qword ptr [rsp+24], -2048",
    (code) => code.addToMemory(at("rsp", 24), -2048),
    "48 81 44 24 18 00 f8 ff ff",
  ],
  ["and rsp, -64", (code) => code.alignStack(), "48 83 e4 c0"],
  ["push r15", (code) => code.push("r15"), "41 57"],
  ["pop r12", (code) => code.pop("r12"), "41 5c"],
  ["kmovw k1, eax", (code) => code.setMask(1, "rax"), "c5 f8 92 c8"],
  ["kmovw k2, k1", (code) => code.copyMask(2, 1), "c5 f8 90 d1"],
  ["kxnorw k2, k2, k2", (code) => code.fillMask(2), "c5 ec 46 d2"],
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
  [
    "vmovups ymm1, [rcx+2^31-4]",
    32,
    (c) => c.loadVector(1, at("rcx", 2 ** 31 - 4)),
    "c4 e1 7c 10 89 fc ff ff 7f",
  ],
  [
    "add rcx, 2^31; vmovups ymm1, [rcx+rsi]; sub rcx, 2^31",
    32,
    (c) => c.loadVector(1, indexed("rcx", 2 ** 31)),
    "48 81 c1 ff ff ff 7f 48 81 c1 01 00 00 00 c4 e1 7c 10 0c 31 48 81 c1 00 00 00 80",
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
  [
    "vmovups ymm3, [r12+rsi+64]",
    32,
    (c) => c.loadVector(3, indexed("r12", 64)),
    "c4 c1 7c 10 5c 34 40",
  ],
  [
    "vmovups [r13+rsi], ymm11",
    32,
    (c) => c.storeVector(indexed("r13", 0), 11),
    "c4 41 7c 11 5c 35 00",
  ],
  [
    "vmovups zmm20{k2}{z}, [r15+rsi+128]",
    64,
    (c) => c.loadLanes(20, indexed("r15", 128), zeroing),
    "62 c1 7c ca 10 64 37 02",
  ],
  [
    "vmovups [r8+rsi+4]{k2}, zmm17",
    64,
    (c) => c.storeLanes(indexed("r8", 4), 17, merging),
    "62 c1 7c 4a 11 8c 30 04 00 00 00",
  ],
  ["vfmadd231ps zmm16, zmm2, zmm9", 64, (c) => c.multiplyAdd(16, 2, 9), "62 c2 6d 48 b8 c1"],
  [
    "vbroadcastf128 ymm3, [r9+4100]",
    32,
    (c) => c.broadcastQuarter(3, at("r9", 4100)),
    "c4 c2 7d 1a 99 04 10 00 00",
  ],
  [
    "vinsertf128 ymm9, ymm9, [rax+4], 1",
    32,
    (c) => c.insertQuarter(9, at("rax", 4), 1),
    "c4 63 35 18 48 04 01",
  ],
  ["vunpcklps ymm4, ymm0, ymm9", 32, (c) => c.interleaveLow(4, 0, 9), "c4 c1 7c 14 e1"],
  ["vunpckhps ymm9, ymm2, ymm3", 32, (c) => c.interleaveHigh(9, 2, 3), "c4 61 6c 15 cb"],
  [
    "vshufps ymm5, ymm4, ymm9, 0xee",
    32,
    (c) => c.selectPairs(5, 4, 9, [2, 3, 2, 3]),
    "c4 c1 5c c6 e9 ee",
  ],
  [
    "vbroadcastf32x4 zmm17, [rax+48]",
    64,
    (c) => c.broadcastQuarter(17, at("rax", 48)),
    "62 e2 7d 48 1a 48 03",
  ],
  [
    "vinsertf32x4 zmm17, zmm17, [rax+4], 1",
    64,
    (c) => c.insertQuarter(17, at("rax", 4), 1),
    "62 e3 75 40 18 88 04 00 00 00 01",
  ],
  [
    "vinsertf32x4 zmm2, zmm2, [rax+32], 3",
    64,
    (c) => c.insertQuarter(2, at("rax", 32), 3),
    "62 f3 6d 48 18 50 02 03",
  ],
  ["vunpcklps zmm4, zmm0, zmm17", 64, (c) => c.interleaveLow(4, 0, 17), "62 b1 7c 48 14 e1"],
  ["vunpckhps zmm17, zmm2, zmm3", 64, (c) => c.interleaveHigh(17, 2, 3), "62 e1 6c 48 15 cb"],
  [
    "vshufps zmm0, zmm17, zmm6, 0xd8",
    64,
    (c) => c.selectPairs(0, 17, 6, [0, 2, 1, 3]),
    "62 f1 74 40 c6 c6 d8",
  ],
];

const [zeroing, merging] = [true, false].map((zeroing) => ({ register: 2, zeroing })) as [
  LaneMask,
  LaneMask,
];

/** An indexed memory operand. */
function indexed(base: Register, offset: number): Memory {
  return { base, offset, index: "rsi" };
}

/** Instructions without a method of their own, by their encoding. */
const encoded: readonly [string, 32 | 64, Parameters<Assembler["vector"]>[0], string][] = [
  [
    "vgatherdps zmm21{k2}, [r9+zmm30*4+8]",
    64,
    {
      ...{ map: 2, prefix: 1, opcode: 0x92, memoryBytes: 4, register: 21, mask: merging },
      last: { base: "r9", offset: 8, index: { elements: 30 } },
    },
    "62 82 7d 42 92 6c b1 02",
  ],
  [
    "vgatherdps ymm2, [r9+ymm13*4+8], ymm4",
    32,
    {
      ...{ map: 2, prefix: 1, opcode: 0x92, memoryBytes: 4, register: 2, second: 4 },
      last: { base: "r9", offset: 8, index: { elements: 13 } },
    },
    "c4 82 5d 92 54 a9 08",
  ],
  [
    "vpermps zmm18, zmm3, zmm27",
    64,
    { map: 2, prefix: 1, opcode: 0x16, register: 18, second: 3, last: 27 },
    "62 82 65 48 16 d3",
  ],
  [
    "vmaskmovps [r10+rsi], ymm9, ymm1",
    32,
    { map: 2, prefix: 1, opcode: 0x2e, register: 1, second: 9, last: indexed("r10", 0) },
    "c4 c2 35 2e 0c 32",
  ],
  [
    "vmaskmovps ymm9, ymm9, [r10+rsi+32]",
    32,
    { map: 2, prefix: 1, opcode: 0x2c, register: 9, second: 9, last: indexed("r10", 32) },
    "c4 42 35 2c 4c 32 20",
  ],
  [
    "vcmpps k2, zmm17, zmm25, 2",
    64,
    { map: 1, prefix: 0, opcode: 0xc2, register: 2, second: 17, last: 25, immediate: 2 },
    "62 91 74 40 c2 d1 02",
  ],
  [
    "vpternlogd zmm19{k2}{z}, zmm19, zmm19, 255",
    64,
    {
      ...{ map: 3, prefix: 1, opcode: 0x25, register: 19, second: 19, last: 19 },
      ...{ immediate: 255, mask: zeroing },
    },
    "62 a3 65 c2 25 db ff",
  ],
  [
    "vblendmps zmm1{k2}, zmm22, zmm9",
    64,
    { map: 2, prefix: 1, opcode: 0x65, register: 1, second: 22, last: 9, mask: merging },
    "62 d2 4d 42 65 c9",
  ],
  [
    "vblendvps ymm1, ymm12, ymm9, ymm14",
    32,
    { map: 3, prefix: 1, opcode: 0x4a, register: 1, second: 12, last: 9, immediate: 14 << 4 },
    "c4 c3 1d 4a c9 e0",
  ],
  [
    "vpslld zmm20, zmm7, 23",
    64,
    { map: 1, prefix: 1, opcode: 0x72, register: 6, second: 20, last: 7, immediate: 23 },
    "62 f1 5d 40 72 f7 17",
  ],
  [
    "vpsrad ymm10, ymm9, 1",
    32,
    { map: 1, prefix: 1, opcode: 0x72, register: 4, second: 10, last: 9, immediate: 1 },
    "c4 c1 2d 72 e1 01",
  ],
  [
    "vroundps ymm8, ymm11, 8",
    32,
    { map: 3, prefix: 1, opcode: 0x08, register: 8, last: 11, immediate: 8 },
    "c4 43 7d 08 c3 08",
  ],
  [
    "vrndscaleps zmm23, zmm5, 8",
    64,
    { map: 3, prefix: 1, opcode: 0x08, register: 23, last: 5, immediate: 8 },
    "62 e3 7d 48 08 fd 08",
  ],
  [
    "vcvttps2dq ymm8, ymm11",
    32,
    { map: 1, prefix: 2, opcode: 0x5b, register: 8, last: 11 },
    "c4 41 7e 5b c3",
  ],
  [
    "vfnmadd231ps zmm23, zmm5, zmm31",
    64,
    { map: 2, prefix: 1, opcode: 0xbc, register: 23, second: 5, last: 31 },
    "62 82 55 48 bc ff",
  ],
];

function at(base: Register, offset: number): Memory {
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

for (const [text, width, instruction, bytes] of encoded) {
  Deno.test(`x64: ${text}`, () => {
    assertEquals(hex(new Assembler(width).vector(instruction).bytes), bytes);
  });
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
