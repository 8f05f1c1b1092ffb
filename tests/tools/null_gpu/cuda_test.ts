import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { compileCuda, statisticsOf } from "../../../tools/null_gpu/cuda/compile_cuda.ts";
import { nvidia } from "../../../tools/null_gpu/cuda/nvidia.ts";
import { translateShader } from "../../../tools/null_gpu/cuda/translate.ts";
import { hottestLoop } from "../../../tools/null_gpu/disassembly.ts";

const shader = `@group(0) @binding(0) var<storage, read> s0: array<f32>;
fn load_0(i: i32) -> f32 { return s0[i]; }
@group(0) @binding(1) var<storage, read_write> s1: array<vec4f>;
var<workgroup> rows: array<vec4f, 64>;
@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = i32(invocation);
  var sum = vec4f(0.0f);
  for (var k = 0i; k < 4096i; k += 1i) {
    sum = fma(vec4f(load_0(k)), s1[k], sum);
  }
  rows[lane] = sum;
  workgroupBarrier();
  s1[lane] = select(rows[63i - lane], vec4f(), 0.5 < sum.x);
}`;

Deno.test("a shader becomes a kernel with its bindings, functions, and workgroup memory", () => {
  const text = translateShader(shader, "k");
  for (
    const part of [
      "void __launch_bounds__(64, 1) k(const f32* __restrict__ s0, vec4f* __restrict__ s1)",
      "__device__ __forceinline__ f32 load_0(i32 i) { return s0[i]; }",
      "__shared__ Clamped<vec4f, 64> rows;",
      "__device__ __forceinline__ void entry(vec3u workgroup, u32 invocation) {",
      "LoopBound bound0; for (auto k = 0; k < 4096; k += 1) { if (bound0.isReached()) break;",
      "select(rows[63 - lane], vec4f(), 0.5f < sum.x)",
      "__syncthreads();",
    ]
  ) assertStringIncludes(text, part);
});

Deno.test("a shader without an entry point is refused", () => {
  assertThrows(() => translateShader("fn f() {}", "k"), Error, "it has no entry point");
});

Deno.test("statisticsOf() reads what ptxas says of one kernel among others", () => {
  const messages = ["k1", "k10"].map((name, i) =>
    `ptxas info    : Compiling entry function '${name}' for 'sm_89'
ptxas info    : Function properties for ${name}
    ${8 * i} bytes stack frame, ${8 * i} bytes spill stores, ${16 * i} bytes spill loads
ptxas info    : Used ${40 + i} registers, used 1 barriers, ${
      1024 * i
    } bytes smem, 376 bytes cmem[0]`
  ).join("\n");
  const numbers = (name: string) => [...statisticsOf(messages, name).values()];
  assertEquals(numbers("k1"), [40, 0, 0]);
  assertEquals(numbers("k10"), [41, 6, 1024]);
  assertThrows(() => statisticsOf(messages, "k2"), Error, "it must report registers");
});

Deno.test("hottestLoop() counts NVIDIA's instructions between a label and the branch to it", () => {
  const assembly = ["MOV", "L16:", "LDG", "FFMA", "FFMA", "IADD3", "UIADD3", "BRA L16", "STG"];
  const counts = hottestLoop(assembly.join("\n"), nvidia);
  assert(counts);
  assertEquals(counts["multiply-add"], 2);
  assertEquals([counts.memory, counts.vector, counts.scalar, counts.unknown], [1, 1, 2, 0]);
});

async function hasNvcc(): Promise<boolean> {
  try {
    const command = new Deno.Command("nvcc", { args: ["--version"], stdout: "null" });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const nvcc = await hasNvcc();
if (!nvcc) console.error("NOTE: tests of NVIDIA's compiler are ignored: nvcc is not installed");

Deno.test({
  name: "nvcc compiles translations, in order, and its code is read",
  ignore: !nvcc,
  async fn() {
    const small = shader.replace("array<vec4f, 64>", "array<vec4f, 256>");
    const [first, second] = await compileCuda("sm_89", [shader, small]);
    assertEquals(first?.statistics.get("Shared memory"), 1024);
    assertEquals(second?.statistics.get("Shared memory"), 4096);
    assertEquals(first?.statistics.get("Spilled registers"), 0);
    const loop = hottestLoop(first?.assembly ?? "", nvidia);
    assert(loop && loop["multiply-add"] % 4 === 0 && loop.memory > 0, "a loop of fma");
  },
});

Deno.test({
  name: "a translation that nvcc refuses fails with its message",
  ignore: !nvcc,
  async fn() {
    const wrong = shader.replace("vec4f(load_0(k))", "missing");
    await assertRejects(() => compileCuda("sm_89", [wrong]), Error, '"missing" is undefined');
  },
});
