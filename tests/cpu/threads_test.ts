import { assert, assertEquals, assertRejects } from "@std/assert";
import { type CpuBackend, openCpu } from "../../cpu/mod.ts";
import { Heap, MAXIMUM_PAGES } from "../../cpu/runtime/heap.ts";
import { Pace } from "../../cpu/runtime/pace.ts";
import { Threads } from "../../cpu/runtime/threads.ts";
import { ModuleBuilder } from "../../cpu/wasm/assembler.ts";
import { bytesOf } from "../../graph/bytes_of.ts";
import {
  DeviceError,
  elementCount,
  type HostArray,
  type LoopKernel,
  type Plan,
  scalarRewriter,
  type Store,
} from "../../graph/mod.ts";
import { externalPlan } from "../gpu/_plans.ts";
import { configurations, cpuTest } from "./_backend.ts";
import { type KernelCase, kernelCases, largeKernelCases } from "./_kernels.ts";
import { until, untilReady } from "./_threads.ts";

interface Run {
  readonly results: readonly HostArray[];
  readonly threads: number;
}

/** Runs a plan once, when all of the backend's threads are there. */
async function runWith(
  cpu: CpuBackend,
  plan: Plan,
  { slots, threads }: { slots: KernelCase["slots"]; threads: number },
): Promise<Run> {
  const buffers = slots.map(({ type }, i) => cpu.allocate(type, `slot ${i}`));
  buffers.forEach((buffer, i) => buffer.write(slots[i]!.data));
  try {
    using executable = await cpu.compile(plan, new Map(buffers.entries()));
    await untilReady(cpu, threads);
    executable.run();
    return { results: await cpu.read(buffers), threads };
  } finally {
    for (const buffer of buffers) buffer[Symbol.dispose]();
  }
}

for (const { name, kernel, slots } of largeKernelCases) {
  cpuTest(`${name} has the same bits with one, two and three threads`, async () => {
    const plan = externalPlan([[kernel]], slots);
    const runs: Run[] = [];
    for (const threads of [1, 2, 3]) {
      using cpu = openCpu({ threads });
      runs.push(await runWith(cpu, plan, { slots, threads }));
    }
    const [alone, ...shared] = runs;
    for (const { results } of shared) {
      results.forEach((result, i) => assertSameBits(result, alone!.results[i]!, `slot ${i}`));
    }
  });
}

function assertSameBits(actual: HostArray, expected: HostArray, what: string): void {
  const [a, b] = [actual, expected].map(bytesOf);
  const different = a!.findIndex((byte, i) => byte !== b![i]);
  assertEquals([a!.length, different], [b!.length, -1], `${what}: first different byte`);
}

/** Stages that threads share and stages that one does alone, each reading the one before. */
const chain = largeKernelCases.filter(({ name }) => name.startsWith("momentum"))[0]!;
const small = kernelCases.filter(({ name }) => name.startsWith("momentum"))[0]!;

cpuTest("every stage sees the results of earlier stages, shared or not, in every run", async () => {
  const kernels = [chain.kernel, small.kernel, chain.kernel, chain.kernel, small.kernel];
  const plan = externalPlan(kernels.map((kernel) => [kernel]), chain.slots);
  const results: HostArray[] = [];
  for (const threads of [1, 3]) {
    using cpu = openCpu({ threads });
    const buffers = chain.slots.map(({ type }, i) => cpu.allocate(type, `slot ${i}`));
    buffers.forEach((buffer, i) => buffer.write(chain.slots[i]!.data));
    using executable = await cpu.compile(plan, new Map(buffers.entries()));
    await untilReady(cpu, threads);
    for (let i = 0; i < 50; i++) executable.run();
    const [weight] = await cpu.read(buffers);
    results.push(weight!);
  }
  assertSameBits(results[1]!, results[0]!, "weight");
});

cpuTest("all kernels of a dispatch are split among threads", async () => {
  let first = 0;
  const shifted = largeKernelCases.flatMap(({ kernel, slots }) => {
    if (kernel.kind !== "loop" || elementCount(slots[0]!.type.shape) > 310_000) return [];
    const by = first;
    first += slots.length;
    return [{ kernel: shiftSlots(kernel, by), slots }];
  });
  const slots = shifted.flatMap((part) => part.slots);
  const together = externalPlan([shifted.map(({ kernel }) => kernel)], slots);
  const apart = externalPlan(shifted.map(({ kernel }) => [kernel]), slots);
  const results: (readonly HostArray[])[] = [];
  for (const [plan, threads] of [[together, 3], [apart, 1]] as const) {
    using cpu = openCpu({ threads });
    results.push((await runWith(cpu, plan, { slots, threads })).results);
  }
  results[0]!.forEach((result, i) => assertSameBits(result, results[1]![i]!, `slot ${i}`));
});

cpuTest("workers that were idle for a long time exit, and start again", async () => {
  using cpu = openCpu({ threads: 2 });
  const plan = externalPlan([[chain.kernel]], chain.slots);
  const buffers = chain.slots.map(({ type }, i) => cpu.allocate(type, `slot ${i}`));
  using executable = await cpu.compile(plan, new Map(buffers.entries()));
  await untilReady(cpu, 2);
  executable.run();
  await untilReady(cpu, 1);
  executable.run();
  await untilReady(cpu, 2);
  executable.run();
});

cpuTest("two backends do not affect each other", async () => {
  const plan = externalPlan([[chain.kernel]], chain.slots);
  using one = openCpu({ threads: 2 });
  using other = openCpu({ threads: 2 });
  const [a, b] = await Promise.all(
    [one, other].map((cpu) => runWith(cpu, plan, { slots: chain.slots, threads: 2 })),
  );
  a!.results.forEach((result, i) => assertSameBits(result, b!.results[i]!, `slot ${i}`));
});

Deno.test("the description states the number of threads, and why there are not more", () => {
  const descriptions = [...configurations, { threads: 2, sharedMemory: false }].map((options) => {
    using cpu = openCpu({ ...options, native: "off" });
    return cpu.description;
  });
  assertEquals(descriptions, [
    "WASM relaxed SIMD, 2 threads",
    "WASM relaxed SIMD, 1 thread",
    "WASM SIMD128, 1 thread",
    "WASM relaxed SIMD, 2 threads, checked",
    "WASM relaxed SIMD, 1 thread (no shared memory)",
  ]);
});

cpuTest("disposed buffers, executables, and backends throw when used", async () => {
  const plan = externalPlan([[small.kernel]], small.slots);
  const cpu = openCpu({ threads: 1 });
  const buffers = small.slots.map(({ type }, i) => cpu.allocate(type, `slot ${i}`));
  const executable = await cpu.compile(plan, new Map(buffers.entries()));
  executable[Symbol.dispose]();
  await assertRejects(() => Promise.try(() => executable.run()), DeviceError, "disposed");
  using second = await cpu.compile(plan, new Map(buffers.entries()));
  buffers[0]![Symbol.dispose]();
  await assertRejects(() => Promise.try(() => second.run()), DeviceError, "slot 0");
  await assertRejects(() => cpu.read(buffers), DeviceError, "slot 0");
  cpu[Symbol.dispose]();
  await assertRejects(() => cpu.compile(plan, new Map()), DeviceError, "backend is disposed");
});

cpuTest("compile rejects missing buffers, and buffers of another type or backend", async (cpu) => {
  const plan = externalPlan([[small.kernel]], small.slots);
  using other = openCpu({ threads: 1 });
  const refuse = (buffers: Parameters<CpuBackend["compile"]>[1], reason: string) =>
    assertRejects(() => cpu.compile(plan, buffers), DeviceError, reason);
  await refuse(new Map(), "missing");
  using foreign = other.allocate(small.slots[0]!.type, "foreign");
  await refuse(new Map([[0, foreign]]), "another");
  using wrong = cpu.allocate({ dtype: "i32", shape: [3] }, "wrong");
  await refuse(new Map([[0, wrong]]), "the same type");
});

cpuTest("one thread does everything if workers cannot start", async () => {
  const { Worker } = globalThis;
  globalThis.Worker = class {
    constructor() {
      throw new Error("no workers here");
    }
  } as unknown as typeof Worker;
  try {
    using cpu = openCpu({ threads: 2 });
    const run = await runWith(cpu, externalPlan([[chain.kernel]], chain.slots), {
      slots: chain.slots,
      threads: 1,
    });
    assertEquals(run.results.length, chain.slots.length);
  } finally {
    globalThis.Worker = Worker;
  }
});

Deno.test("a long run waits for a starting worker, and a short run does not", async () => {
  const heap = new Heap({ shared: true });
  const nothing = new ModuleBuilder().importMemory({
    module: "host",
    name: "memory",
    minimumPages: 1,
    maximumPages: MAXIMUM_PAGES,
    shared: true,
  });
  nothing.function("run", { params: ["i32", "i32", "i32"], exported: true }, () => {});
  const code = nothing.bytes();
  const codeAddress = heap.allocate(code.length, "a program that does nothing");
  heap.bytes.set(code, codeAddress);
  for (const [sharedCost, hasWorkers] of [[1, false], [1e9, true]] as const) {
    const threads = new Threads(heap, 2);
    const pace = new Pace();
    let isTimed = false;
    pace.record = () => void (isTimed = true); // only called if workers joined
    const codeLength = code.length;
    const program = { id: 1, place: 0, codeAddress, codeLength, sharedStages: 1, sharedCost };
    try {
      threads.run({ program, table: 0, pace }, () => {});
      assertEquals(isTimed, hasWorkers);
      await until(() => threads.ready === 2);
    } finally {
      threads.stop();
    }
  }
});

Deno.test("a worker that fails does not leave the main thread waiting", async () => {
  const heap = new Heap({ shared: true });
  const threads = new Threads(heap, 2);
  const codeAddress = heap.allocate(100, "no code at all");
  const codeLength = 100;
  const program = { id: 1, place: 0, codeAddress, codeLength, sharedStages: 1, sharedCost: 1 };
  try {
    threads.start();
    await until(() => threads.ready === 2);
    const failed = await until(() => {
      try {
        threads.run({ program, table: 0, pace: new Pace() }, () => {});
        return false;
      } catch (reason) {
        return reason instanceof DeviceError;
      }
    });
    assertEquals(failed, true);
  } finally {
    threads.stop();
  }
});

/** The kernel over slots with numbers `by` higher. */
function shiftSlots(kernel: LoopKernel, by: number): LoopKernel {
  const shift = scalarRewriter((leaf) =>
    leaf.op === "load" ? { ...leaf, source: Number(leaf.source) + by } : undefined
  );
  const store = ({ slot, index, value }: Store): Store => ({
    slot: slot + by,
    index: shift(index),
    value: shift(value),
  });
  return {
    ...kernel,
    reductions: kernel.reductions.map(({ combine, value }) => ({ combine, value: shift(value) })),
    outerStores: kernel.outerStores.map(store),
    innerStores: kernel.innerStores.map(store),
  };
}

/** Runs a program that opens a backend and ends; gives its exit code and how long it took. */
async function runProgram(
  ending: string,
): Promise<{ code: number; elapsedMs: number; output: string }> {
  const program = `${import.meta.dirname}/_program.ts`;
  const flags = ["--no-check", "--no-config", "--no-lock"];
  const start = performance.now();
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", ...flags, program, ending],
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { code, elapsedMs: performance.now() - start, output };
}

for (const ending of ["dispose", "forget", "exit"]) {
  Deno.test(`a program that uses two threads terminates by itself: ${ending}`, async () => {
    const { code, elapsedMs, output } = await runProgram(ending);
    assertEquals(code, 0, output);
    assert(output.includes("exp(0) is 1 on 2 threads"), output);
    assert(elapsedMs < 10_000, `it took ${elapsedMs} ms`);
  });
}
