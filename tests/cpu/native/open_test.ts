import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { openCpu, type OpenCpuOptions } from "../../../cpu/mod.ts";
import { DeviceError, s } from "../../../graph/mod.ts";
import { floats, position, product, runOn, zeros } from "../../gpu/_plans.ts";
import { externalPlan } from "../../gpu/_plans.ts";
import { until } from "../_threads.ts";
import { assertSameBits, instructionSets, isAvailable, nativeTest } from "./_native.ts";

const ignore = !isAvailable("avx2");

/** Runs a program of its own with the given permissions. */
async function runProgram(
  options: OpenCpuOptions,
  permissions: readonly string[],
): Promise<{ code: number; output: string; errors: string }> {
  const program = `${import.meta.dirname}/_program.ts`;
  const flags = ["--no-check", "--no-config", "--no-lock", "--no-prompt", "--allow-read"];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, ...permissions, program, JSON.stringify(options)],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).output();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  return { code, output: output!, errors: errors! };
}

const RESULT = 78 * 39 + 79 * 79;

Deno.test('without --allow-ffi, "auto" runs WebAssembly, silently and without a prompt', async () => {
  const { code, output, errors } = await runProgram({ threads: 1 }, []);
  assertEquals([code, errors], [0, ""]);
  assertEquals(output, `WASM relaxed SIMD, 1 thread: ${RESULT}`);
});

Deno.test({
  name: 'with --allow-ffi, "auto" runs native code, and the description says so',
  ignore,
  async fn() {
    const { code, output, errors } = await runProgram({ threads: 1 }, ["--allow-ffi"]);
    assertEquals([code, errors], [0, ""]);
    const { code: refused } = await runProgram({ native: "avx512" }, ["--allow-ffi"]);
    const name = refused ? "AVX2" : "AVX-512";
    assertEquals(output, `WASM relaxed SIMD and ${name}, 1 thread: ${RESULT}`);
  },
});

Deno.test('"off" runs WebAssembly whatever has been granted', async () => {
  const { output } = await runProgram({ threads: 1, native: "off" }, ["--allow-ffi"]);
  assertEquals(output, `WASM relaxed SIMD, 1 thread: ${RESULT}`);
});

for (const native of instructionSets) {
  Deno.test(`without --allow-ffi, "${native}" is refused`, async () => {
    const { code, output, errors } = await runProgram({ threads: 1, native }, []);
    assertEquals([code, output], [1, ""]);
    assertStringIncludes(errors, `DeviceError: Cannot open cpu: native: "${native}" needs`);
  });
}

Deno.test({
  name: 'a library for one path is not enough for "auto"',
  async fn() {
    const { code, output } = await runProgram({ threads: 1 }, ["--allow-ffi=/usr/lib"]);
    assertEquals([code, output], [0, `WASM relaxed SIMD, 1 thread: ${RESULT}`]);
  },
});

Deno.test({
  name: 'if the system refuses, "auto" runs WebAssembly and says so once',
  ignore,
  fn() {
    const { warn } = console;
    const { dlopen } = Deno;
    const warnings: string[] = [];
    console.warn = (message) => void warnings.push(message);
    Deno.dlopen = () => {
      throw new Error("no libraries here");
    };
    try {
      using cpu = openCpu({ threads: 1 });
      assertEquals(cpu.description, "WASM relaxed SIMD, 1 thread");
      assertThrows(() => openCpu({ native: "avx2" }), DeviceError, "no libraries here");
    } finally {
      Deno.dlopen = dlopen;
      console.warn = warn;
    }
    assertEquals(warnings, [
      "Native code is off, and WebAssembly runs instead: no libraries here",
    ]);
  },
});

Deno.test("results without fused multiply-add would differ, so native code is not used", () => {
  using cpu = openCpu({ threads: 1, relaxedSimd: false });
  assertEquals(cpu.description, "WASM SIMD128, 1 thread");
  assertThrows(() => openCpu({ relaxedSimd: false, native: "avx2" }), DeviceError, "relaxed SIMD");
  assertThrows(() => openCpu({ sharedMemory: false, native: "avx2" }), DeviceError, "not shared");
});

Deno.test("native must be one of its choices", () => {
  const options = JSON.parse('{ "native": "sse" }');
  assertThrows(() => openCpu(options), RangeError, 'one of "auto", "off", "avx2", "avx512"');
});

/** A product of 60×50 and 50×70, and its slots. */
function smallProduct() {
  const index = position([60, 70], [0, 1]);
  const kernel = product({ m: 60, n: 70, k: 50 }, [{ slot: 2, index, value: s.result(0, "f32") }]);
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => Math.sin(i));
  const slots = [
    floats([60, 50], numbers(3000)),
    floats([50, 70], numbers(3500)),
    zeros("f32", [60, 70]),
  ];
  return { plan: externalPlan([[kernel]], slots), slots };
}

nativeTest("two backends in a process do not disturb each other", async (native) => {
  const { plan, slots } = smallProduct();
  using wasm = openCpu({ threads: 1, native: "off" });
  const expected = await runOn(wasm, plan, slots);
  using one = openCpu({ threads: 2, native });
  {
    using other = openCpu({ threads: 1, native });
    const both = await Promise.all([one, other].map((cpu) => runOn(cpu, plan, slots)));
    both.forEach((actual) => assertSameBits(actual, expected, "beside another"));
  }
  assertSameBits(await runOn(one, plan, slots), expected, "after the other is disposed");
});

nativeTest("code is found again, and a program that is compiled again runs", async (native) => {
  const { plan, slots } = smallProduct();
  using cpu = openCpu({ threads: 1, native });
  const first = await runOn(cpu, plan, slots);
  for (let i = 0; i < 50; i++) assertSameBits(await runOn(cpu, plan, slots), first, `time ${i}`);
});

nativeTest("the heap may grow while native code is loaded", async (native) => {
  const { plan, slots } = smallProduct();
  using cpu = openCpu({ threads: 1, native });
  const buffers = slots.map(({ type }, i) => cpu.allocate(type, `slot ${i}`));
  buffers.forEach((buffer, i) => buffer.write(slots[i]!.data));
  using executable = await cpu.compile(plan, new Map(buffers.entries()));
  executable.run();
  const before = await cpu.read(buffers);
  using large = cpu.allocate({ dtype: "f32", shape: [2 ** 27] }, "large");
  const bytes = buffers.map((_, i) => slots[i]!);
  bytes.slice(2).forEach(({ data }) => buffers[2]!.write(data));
  executable.run();
  assertSameBits(await cpu.read(buffers), before, `beside "${large.label}"`);
});

nativeTest("workers that went away come back with native code", async (native) => {
  const { plan, slots } = smallProduct();
  using cpu = openCpu({ threads: 3, native });
  const buffers = slots.map(({ type }, i) => cpu.allocate(type, `slot ${i}`));
  buffers.forEach((buffer, i) => buffer.write(slots[i]!.data));
  using executable = await cpu.compile(plan, new Map(buffers.entries()));
  executable.run();
  const before = await cpu.read(buffers);
  await until(() => cpu.readyThreads === 1 || cpu.readyThreads === 3);
  await new Promise((resolve) => setTimeout(resolve, 700)); // longer than the idle timeout of workers
  for (let i = 0; i < 5; i++) executable.run();
  assertSameBits(await cpu.read(buffers), before, "afterwards");
});

nativeTest("a backend that is disposed before its executables frees their code", async (native) => {
  const { plan, slots } = smallProduct();
  const cpu = openCpu({ threads: 2, native });
  const buffers = slots.map(({ type }, i) => cpu.allocate(type, `slot ${i}`));
  const executable = await cpu.compile(plan, new Map(buffers.entries()));
  cpu[Symbol.dispose]();
  executable[Symbol.dispose]();
  assertThrows(() => executable.run(), DeviceError, "disposed");
});

Deno.test({
  name: "an option that cannot be met does not leave a library open",
  ignore,
  fn() {
    // The sanitizer of resources fails this test if it does.
    assertThrows(() => openCpu({ maximumBytes: 1, native: "avx2" }), RangeError);
    assert(isAvailable("avx2"));
  },
});
