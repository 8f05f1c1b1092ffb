import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { parseResult } from "../../../tools/null_gpu/compile.ts";
import { hottestLoop, kindOf, multiplyAddShare } from "../../../tools/null_gpu/disassembly.ts";

/** A product of vectors, as the layer wrote it for gfx1100. */
const recorded = parseResult(await Deno.readTextFile(new URL("gfx1100.txt", import.meta.url)));

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
  assertEquals(recorded.statistics.get("VGPRs"), 24);
  assertEquals(recorded.statistics.get("Spilled VGPRs"), 0);
  assertEquals(recorded.statistics.get("LDS size"), 1024);
  assertEquals(recorded.statistics.size, 19);
  assertEquals(recorded.assembly.split("\n")[0], "BB0:");
});

Deno.test("the hottest loop of a recorded shader multiplies and adds, and the one before does not", () => {
  const loop = hottestLoop(recorded.assembly);
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
  assertEquals(hottestLoop(nested), { ...none, "multiply-add": 2, scalar: 2 });
});

Deno.test("a loop that branches back from two places is one loop", () => {
  const text = `BB1:
	v_fmac_f32_e32 v0, v1, v2
	s_cbranch_scc1 BB1
BB2:
	v_fmac_f32_e32 v0, v1, v2
	s_branch BB1
`;
  assertEquals(hottestLoop(text), { ...none, "multiply-add": 2, scalar: 2 });
});

Deno.test("code without a loop that multiplies and adds has no hottest loop", () => {
  assertEquals(hottestLoop(""), undefined);
  assertEquals(hottestLoop("BB0:\n\tv_fmac_f32_e32 v0, v1, v2\n\ts_branch BB1\nBB1:\n"), undefined);
  assertEquals(hottestLoop("BB0:\n\tv_add_f32_e32 v0, v1, v2\n\ts_branch BB0\n"), undefined);
});

Deno.test("instructions are classified by name", () => {
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
  for (const [name, kind] of Object.entries(expected)) assertEquals(kindOf(name), kind, name);
});

Deno.test("a file without machine code has none", () => {
  const { statistics, assembly } = parseResult("VGPRs: 4\nSpilled VGPRs: 0\n");
  assertEquals([...statistics], [["VGPRs", 4], ["Spilled VGPRs", 0]]);
  assertEquals(assembly, "");
});
