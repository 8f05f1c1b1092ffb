import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { parseResult } from "../../../tools/null_gpu/compile.ts";
import { amd } from "../../../tools/null_gpu/amd.ts";
import { hottestLoop, multiplyAddShare } from "../../../tools/null_gpu/disassembly.ts";
import { intel } from "../../../tools/null_gpu/intel.ts";

/** The same shader as the layer wrote it for two GPUs: a loop with two vec4 multiply-adds. */
const [recorded, recordedIntel] = await Promise.all(
  ["gfx1100.txt", "dg2.txt"].map(async (file) =>
    parseResult(await Deno.readTextFile(new URL(file, import.meta.url)))
  ),
);

const none = {
  "multiply-add": 0,
  vector: 0,
  scalar: 0,
  memory: 0,
  "workgroup memory": 0,
  "constant memory": 0,
  wait: 0,
  unknown: 0,
};

Deno.test("the statistics and the machine code of a recorded shader are read", () => {
  assertEquals(recorded!.statistics.get("VGPRs"), 24);
  assertEquals(recorded!.statistics.get("Spilled VGPRs"), 0);
  assertEquals(recorded!.statistics.get("LDS size"), 1024);
  assertEquals(recorded!.statistics.size, 19);
  assertEquals(recorded!.assembly.split("\n")[0], "BB0:");
});

Deno.test("the hottest loop of a recorded shader multiplies and adds, and the one before does not", () => {
  const loop = hottestLoop(recorded!.assembly, amd);
  assertEquals(loop, {
    ...none,
    "multiply-add": 8,
    vector: 4,
    scalar: 15,
    memory: 2,
    "workgroup memory": 2,
    "constant memory": 1,
    wait: 4,
  });
  assert(loop);
  assertAlmostEquals(multiplyAddShare(loop), 8 / 36);
});

const nested = `BB0:
	v_fma_f32 v0, v1, v2, v3 ; 00
BB1:
	v_fma_f32 v0, v1, v2, v3 ; 00
	v_fma_f32 v0, v1, v2, v3 ; 00
	v_fma_f32 v0, v1, v2, v3 ; 00
BB2:
	v_fmac_f32_e32 v0, v1, v2 ; 00
	s_cbranch_scc1 BB2
BB3:
	v_fmac_f32_e32 v0, v1, v2 ; 00
	v_dual_fmac_f32 v0, s0, v0 :: v_dual_fmac_f32 v8, s19, v1 ; 00
	s_cbranch_vccz BB4
	s_branch BB3
BB4:
	s_cbranch_scc0 BB1
	s_endpgm
`;

Deno.test("an outer loop is not the hottest, although it contains more multiply-adds", () => {
  assertEquals(hottestLoop(nested, amd), { ...none, "multiply-add": 2, scalar: 2 });
});

Deno.test("a loop that branches back from two places is one loop", () => {
  const text = `BB1:
	v_fmac_f32_e32 v0, v1, v2
	s_cbranch_scc1 BB1
BB2:
	v_fmac_f32_e32 v0, v1, v2
	s_branch BB1
`;
  assertEquals(hottestLoop(text, amd), { ...none, "multiply-add": 2, scalar: 2 });
});

Deno.test("code without a loop that multiplies and adds has no hottest loop", () => {
  assertEquals(hottestLoop("", amd), undefined);
  assertEquals(
    hottestLoop("BB0:\n\tv_fmac_f32_e32 v0, v1, v2\n\ts_branch BB1\nBB1:\n", amd),
    undefined,
  );
  assertEquals(hottestLoop("BB0:\n\tv_add_f32_e32 v0, v1, v2\n\ts_branch BB0\n", amd), undefined);
});

Deno.test("the hottest loop of a shader for Intel is read, too", () => {
  assertEquals(recordedIntel!.statistics.get("Workgroup Memory Size"), 1024);
  assertEquals(recordedIntel!.statistics.get("Spill Count"), 0);
  assertEquals(hottestLoop(recordedIntel!.assembly, intel), {
    ...none,
    "multiply-add": 8,
    vector: 16,
    scalar: 3,
    memory: 2,
    "workgroup memory": 2,
    wait: 15,
  });
});

Deno.test("Intel's instructions are classified by name, operands, and message", () => {
  const expected = {
    "mad(16) g61<1>F g9<8,8,1>F g53<8,8,1>F g44<1,1,1>F": "multiply-add",
    "mad(16) g61<1>D g9<8,8,1>D g53<8,8,1>D g44<1,1,1>D": "vector",
    "cmp.ge.f0.0(16) null<1>UD g74<8,8,1>UD 0x00000400UD": "vector",
    "send(16) g44UD g80UD nullUD 0x0 slm MsgDesc: ( load_cmask )": "workgroup memory",
    "send(16) g44UD g80UD nullUD 0x0 ugm MsgDesc: ( load_cmask )": "memory",
    "sync nop(1) null<0,1,0>UB": "wait",
    "break(16) JIP: LABEL2 UIP: LABEL2": "scalar",
    "???": "unknown",
  } as const;
  for (const [text, kind] of Object.entries(expected)) {
    assertEquals(intel.kindOf(text), kind, text);
  }
});

Deno.test("instructions of AMD are classified by name", () => {
  const expected = {
    v_fmaak_f32: "multiply-add",
    v_pk_fma_f32: "multiply-add",
    v_fma_mix_f32: "multiply-add",
    v_mad_u32_u24: "vector",
    v_mul_f32_e32: "vector",
    s_buffer_load_b32: "constant memory",
    s_load_dwordx4: "constant memory",
    buffer_load_dwordx4: "memory",
    global_store_b32: "memory",
    scratch_store_b32: "memory",
    ds_read_b128: "workgroup memory",
    s_waitcnt: "wait",
    s_delay_alu: "wait",
    s_barrier: "wait",
    s_cbranch_scc1: "scalar",
    "(invalid instruction)": "unknown",
  } as const;
  for (const [name, kind] of Object.entries(expected)) assertEquals(amd.kindOf(name), kind, name);
});

Deno.test("a file without machine code has none", () => {
  const { statistics, assembly } = parseResult("VGPRs: 4\nSpilled VGPRs: 0\n");
  assertEquals([...statistics], [["VGPRs", 4], ["Spilled VGPRs", 0]]);
  assertEquals(assembly, "");
});
