import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { ConstantPool } from "../../cpu/runtime/constants.ts";
import { Heap } from "../../cpu/runtime/heap.ts";
import { type CpuBackend, openCpu } from "../../cpu/mod.ts";
import { Pace } from "../../cpu/runtime/pace.ts";
import { addressTable, fillTables } from "../../cpu/address_table.ts";
import { compileProgram } from "../../cpu/program.ts";
import { loadParts } from "../../cpu/program_parts.ts";
import { type Readers, SharedParts } from "../../cpu/runtime/shared_parts.ts";
import { Threads } from "../../cpu/runtime/threads.ts";
import { DeviceError, OutOfMemoryError, type Plan } from "../../graph/mod.ts";
import { externalPlan, type SlotData } from "../gpu/_plans.ts";
import { cpuTest } from "./_backend.ts";
import { changingProgram, eagerRuns, Load } from "./_eager_runs.ts";
import { largeKernelCases } from "./_kernels.ts";
import { LateWorkers } from "./_late_worker.ts";
import { until } from "./_threads.ts";

const momentum = largeKernelCases.find(({ name }) => name.startsWith("momentum"))!;
const allRight = { failed: 0, wrong: 0, first: "" };

/** Until disposed, fills released memory with ones, as its next owner might. */
class Poison implements Disposable {
  readonly #release = Heap.prototype.release;

  constructor() {
    const release = this.#release;
    Heap.prototype.release = function (address, byteLength) {
      this.bytes.fill(0xff, address, address + byteLength);
      release.call(this, address, byteLength);
    };
  }

  [Symbol.dispose](): void {
    Heap.prototype.release = this.#release;
  }
}

for (const [threads, runs] of [[2, 1000], [4, 1000], [8, 1000]] as const) {
  cpuTest(`${runs} eager runs of changing programs on ${threads} threads under load`, async () => {
    using _poison = new Poison();
    using _load = new Load(1);
    using cpu = openCpu({ threads });
    assertEquals(await eagerRuns(cpu, runs), allRight);
    assertEquals(cpu.memory(), { liveBuffers: 0, liveBytes: 0 });
  });
}

cpuTest("concurrent eager runs on two backends do not affect each other", async () => {
  using _poison = new Poison();
  using one = openCpu({ threads: 2 });
  using other = openCpu({ threads: 3 });
  const results = await Promise.all([one, other].map((cpu) => eagerRuns(cpu, 200)));
  assertEquals(results, [allRight, allRight]);
});

/** Compiles a program that is worth workers, runs it and disposes of it. */
async function runOnce(cpu: CpuBackend, i: number): Promise<void> {
  const { result, value } = changingProgram(i);
  const data = await result.data({ backend: cpu });
  assert(Math.abs(data[0]! / value - 1) < 1e-4, `run ${i}: ${data[0]} is not ${value}`);
}

cpuTest(
  "a late worker still finds its code and table after many programs are released",
  async () => {
    using _poison = new Poison();
    using workers = new LateWorkers();
    using cpu = openCpu({ threads: 3, native: "off" });
    await runOnce(cpu, 0); // starts the workers
    workers.rest(0);
    await runOnce(cpu, 1);
    const late = workers.task(0);
    assert(late, "the worker was given the run");
    assertEquals([...late.code.subarray(0, 4)], [0, 0x61, 0x73, 0x6d]);
    // the other one is on time, and is given all later runs
    for (let i = 2; i < 100; i++) {
      workers.rest(1);
      await runOnce(cpu, i);
      assertNotEquals(workers.task(1)?.program, late.program);
      assertNotEquals(workers.task(1)?.thread, late.thread, "it would change the other's table");
      assertEquals(workers.task(0), late);
    }
  },
);

cpuTest("memory that a late worker holds back is used again once it has finished", async () => {
  using workers = new LateWorkers();
  using cpu = openCpu({ threads: 2, native: "off" });
  const sizes: number[] = [];
  for (let i = 0; i < 200; i++) {
    await runOnce(cpu, i);
    if (i % 20 === 0) workers.rest(0);
    sizes.push(workers.memoryBytes);
  }
  assertEquals(sizes.at(-1), sizes[60]);
});

cpuTest("workers keep no more programs than are in use", async () => {
  using workers = new LateWorkers();
  using cpu = openCpu({ threads: 2, native: "off" });
  await runOnce(cpu, 0);
  const places = new Set<number>();
  for (let i = 1; i < 100; i++) {
    workers.rest(0);
    await runOnce(cpu, i);
    places.add(workers.task(0)!.place);
  }
  assertEquals(places, new Set([0]));
});

/** Workers of which one is in a run, until it is waited for. */
class OneLate implements Readers {
  lastRun = 1;
  waits = 0;
  #late = 1;

  oldestRun(): number {
    return this.#late;
  }

  awaitWorkers(): void {
    this.waits++;
    this.#late = Infinity;
  }

  /** The worker has passed and joined the last run. */
  join(): void {
    this.#late = this.lastRun;
  }
}

Deno.test("blocks are released in the order of runs, once their last reader has finished", () => {
  const heap = new Heap({ shared: false });
  const workers = new OneLate();
  const parts = heap.retirement = new SharedParts(heap, workers);
  const [first, second, third] = [1, 2, 3].map(() => heap.allocate(1000, "part"));
  parts.retire(first!, 1000);
  workers.lastRun = 2;
  parts.retire(second!, 1000);
  assertEquals(parts.retiredBytes, 2000);
  workers.join(); // it may read what was retired after the run it is in began
  parts.retire(third!, 1000);
  assertEquals([parts.retiredBytes, workers.waits], [2000, 0]);
  assertEquals(heap.allocate(1000, "again"), first);
});

Deno.test("only so many blocks and bytes are kept for a late worker", () => {
  for (const [byteLength, most] of [[16, 256], [2 ** 20, 16], [17 * 2 ** 20, 0]] as const) {
    const heap = new Heap({ shared: false });
    const workers = new OneLate();
    const parts = heap.retirement = new SharedParts(heap, workers);
    for (let i = 0; i < most; i++) parts.retire(heap.allocate(byteLength, "part"), byteLength);
    assertEquals([workers.waits, parts.retiredBytes], [0, most * byteLength]);
    parts.retire(heap.allocate(byteLength, "part"), byteLength);
    assertEquals([workers.waits, parts.retiredBytes], [1, 0]);
  }
});

Deno.test("an allocation waits for late workers before it throws an OutOfMemoryError", () => {
  const heap = new Heap({ shared: false, maximumBytes: 16 * 65536 });
  const workers = new OneLate();
  const parts = heap.retirement = new SharedParts(heap, workers);
  const part = heap.allocate(600_000, "part");
  parts.retire(part, 600_000);
  assertEquals(heap.allocate(600_000, "again"), part);
  assertEquals(workers.waits, 1);
  assertThrows(() => heap.allocate(600_000, "more"), OutOfMemoryError, '"more"');
});

/** The program of a plan that is worth workers, ready for `Threads.run`. */
async function sharedProgram(heap: Heap) {
  const { kernel, slots } = momentum;
  const target = { shared: true, threads: 3, fused: false, mainMaySleep: true, checked: false };
  const plan = externalPlan([[kernel], [kernel], [kernel]], slots);
  const compiled = compileProgram(plan, {
    target,
    constants: new ConstantPool(heap),
    parts: await loadParts(plan, target),
  });
  const { code, sharedStages, sharedCost } = compiled;
  assertEquals(sharedStages, 3);
  const codeAddress = heap.allocate(code.length, "code");
  heap.bytes.set(code, codeAddress);
  const { instance } = await WebAssembly.instantiate(code, { host: { memory: heap.memory } });
  const run = instance.exports["run"] as (thread: number, stage: number, table: number) => void;
  const program = {
    id: 1,
    place: 0,
    codeAddress,
    codeLength: code.length,
    sharedStages,
    sharedCost,
  };
  return { program, run, table: tablesOf(heap, plan, slots) };
}

function tablesOf(heap: Heap, plan: Plan, slots: readonly SlotData[]): number {
  const addresses = slots.map(({ type, data }) => heap.allocate(data.byteLength, type.dtype));
  const words = 3 * addressTable(plan).stride;
  const place = heap.allocate(4 * words, "tables");
  const tables = new Int32Array(heap.bytes.buffer, place, words);
  fillTables(tables, plan, { addressOf: (slot) => addresses[slot]!, scratch: [] });
  return place;
}

/** Waits for both workers. One that started long before the other may have ended, for want of work. */
async function untilReady(threads: Threads): Promise<void> {
  await until(() => {
    threads.start();
    return threads.ready === 3;
  });
}

Deno.test("after a run that throws, no worker is still in it, and all join the next run", async () => {
  const heap = new Heap({ shared: true });
  const threads = new Threads(heap, 3);
  const { program, run, table } = await sharedProgram(heap);
  try {
    for (let i = 0; i < 50; i++) {
      await untilReady(threads);
      // the workers wait for stages that are never opened
      const fail = () => {
        throw new RangeError("the main thread failed");
      };
      assertThrows(() => threads.run({ program, table, pace: new Pace() }, fail), RangeError);
      assertEquals(threads.oldestRun(), Infinity);
      threads.run({ program, table, pace: new Pace() }, (stage) => run(0, stage, table));
    }
  } finally {
    threads.stop();
  }
});

Deno.test("a worker that fails ends its run, but not later runs", async () => {
  const heap = new Heap({ shared: true });
  const threads = new Threads(heap, 3);
  const { program, run, table } = await sharedProgram(heap);
  const broken = { ...program, id: 2, place: 1, codeAddress: heap.allocate(100, "no code") };
  const own = (stage: number) => run(0, stage, table);
  try {
    for (let i = 0; i < 5; i++) {
      await untilReady(threads);
      const runBroken = () => {
        threads.run({ program: broken, table, pace: new Pace() }, own);
        threads.awaitWorkers(); // a late worker has failed by now, and the next run reports it
        threads.run({ program, table, pace: new Pace() }, own);
      };
      assertThrows(runBroken, DeviceError, "a worker failed");
      assertEquals(threads.oldestRun(), Infinity);
      threads.run({ program, table, pace: new Pace() }, own);
    }
  } finally {
    threads.stop();
  }
});

Deno.test("a backend that is disposed while it compiles, or before a run, starts no workers", async () => {
  using workers = new LateWorkers();
  const cpu = openCpu({ threads: 4 });
  const { kernel, slots } = momentum;
  const plan = externalPlan([[kernel]], slots);
  const buffers = slots.map(({ type }, i) => cpu.allocate(type, `slot ${i}`));
  const bound = new Map(buffers.entries());
  const executable = await cpu.compile(plan, bound);
  const other = cpu.compile(externalPlan([[kernel], [kernel]], slots), bound);
  const { count } = workers;
  cpu[Symbol.dispose]();
  const disposed = "the cpu backend is disposed";
  await assertRejects(() => other, DeviceError, disposed);
  assertThrows(() => executable.run(), DeviceError, disposed);
  assertThrows(() => buffers[0]!.write(slots[0]!.data), DeviceError, disposed);
  assertThrows(() => cpu.allocate(slots[0]!.type, "x"), DeviceError, disposed);
  executable[Symbol.dispose]();
  buffers.forEach((buffer) => buffer[Symbol.dispose]());
  assertEquals(cpu.memory(), { liveBuffers: 0, liveBytes: 0 });
  assertEquals(workers.count, count);
});
