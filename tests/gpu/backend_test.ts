import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  DeviceError,
  DeviceLostError,
  DTypeError,
  GraphError,
  OutOfMemoryError,
  ShapeError,
} from "../../graph/errors.ts";
import { type LoopKernel, type Plan, s } from "../../graph/mod.ts";
import { openGpu } from "../../gpu/mod.ts";
import { assertNoLeaks, gpuTest } from "./_adapter.ts";
import { openWithDevice } from "./_device.ts";
import { at, externalPlan, floats, loop, position, product, runOn, zeros } from "./_plans.ts";
import { randomFloats } from "./_random.ts";

const four = { dtype: "f32", shape: [4] } as const;

/** Adds one to slot 0. */
const increment: LoopKernel = loop({
  label: "increment",
  outer: [4],
  outerStores: [{
    slot: 0,
    index: position([4], [0]),
    value: s.add(at(0, [4], { axes: [0] }), s.const(1)),
  }],
});
const incrementPlan: Plan = externalPlan([[increment]], [zeros("f32", [4])]);

/** The methods of WebGPU that make something or copy to the host. */
const makers = [
  [GPUDevice.prototype, "createBuffer"],
  [GPUDevice.prototype, "createBindGroup"],
  [GPUDevice.prototype, "createShaderModule"],
  [GPUDevice.prototype, "createComputePipelineAsync"],
  [GPUDevice.prototype, "createCommandEncoder"],
  [GPUDevice.prototype, "pushErrorScope"],
  [GPUBuffer.prototype, "mapAsync"],
  [GPUQueue.prototype, "submit"],
  [GPUQueue.prototype, "writeBuffer"],
  [GPUCommandEncoder.prototype, "beginComputePass"],
  [GPUComputePassEncoder.prototype, "dispatchWorkgroups"],
] as const;

/** Counts the calls of WebGPU's methods while `body` runs. */
function countCalls(body: () => void): Record<string, number> {
  const counts: Record<string, number> = {};
  const restore = makers.map(([prototype, name]) => {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name)!;
    const original: (...args: unknown[]) => unknown = descriptor.value;
    Object.defineProperty(prototype, name, {
      ...descriptor,
      value(this: unknown, ...args: unknown[]) {
        counts[name] = (counts[name] ?? 0) + 1;
        return original.apply(this, args);
      },
    });
    return () => Object.defineProperty(prototype, name, descriptor);
  });
  try {
    body();
  } finally {
    restore.forEach((undo) => undo());
  }
  return counts;
}

gpuTest("the backend says what it runs on and what lowering may ask of it", (gpu) => {
  assertEquals(gpu.name, "gpu");
  assert(gpu.description.includes(gpu.adapter.description));
  assert(gpu.limits.slotsPerDispatch >= 8);
  assert(gpu.limits.bytesPerSlot >= 2 ** 27);
});

gpuTest("what is written is what is read, for every dtype and odd lengths", async (gpu) => {
  const cases = [
    { dtype: "f32", data: Float32Array.of(1.5, -2, NaN) },
    { dtype: "i32", data: Int32Array.of(1, -2, 3) },
    { dtype: "u32", data: Uint32Array.of(1, 2 ** 32 - 1, 3) },
    { dtype: "bool", data: Uint8Array.of(1, 0, 1) },
    { dtype: "u8", data: Uint8Array.of(255, 0, 7) },
  ] as const;
  const buffers = cases.map(({ dtype, data }) => {
    const buffer = gpu.allocate({ dtype, shape: [3] }, dtype);
    buffer.write(data);
    return buffer;
  });
  const results = await gpu.read(buffers);
  cases.forEach(({ data }, i) => assertEquals(results[i], data));
  buffers.forEach((buffer) => buffer[Symbol.dispose]());
});

gpuTest(
  "a new buffer holds zeros, and a part of a larger host array can be written",
  async (gpu) => {
    using buffer = gpu.allocate(four, "x");
    assertEquals(await gpu.read([buffer]), [new Float32Array(4)]);
    buffer.write(Float32Array.of(9, 1, 2, 3, 4, 9).subarray(1, 5));
    assertEquals(await gpu.read([buffer]), [Float32Array.of(1, 2, 3, 4)]);
  },
);

gpuTest("a write reaches the runs after it and none before", async (gpu) => {
  using buffer = gpu.allocate(four, "x");
  using executable = await gpu.compile(incrementPlan, new Map([[0, buffer]]));
  executable.run();
  const [first] = await gpu.read([buffer]);
  buffer.write(Float32Array.of(10, 20, 30, 40));
  executable.run();
  executable.run();
  assertEquals(first, Float32Array.of(1, 1, 1, 1));
  assertEquals(await gpu.read([buffer]), [Float32Array.of(12, 22, 32, 42)]);
});

gpuTest("many readbacks in a row give the value of their time", async (gpu) => {
  using buffer = gpu.allocate(four, "x");
  using executable = await gpu.compile(incrementPlan, new Map([[0, buffer]]));
  for (let i = 1; i <= 50; i++) {
    executable.run();
    assertEquals(await gpu.read([buffer]), [new Float32Array(4).fill(i)]);
  }
  const reads = [1, 2, 3].map(() => (executable.run(), gpu.read([buffer])));
  const values = (await Promise.all(reads)).map(([data]) => data![0]);
  assertEquals(values, [51, 52, 53]);
});

gpuTest("a run makes nothing: one encoder, one pass, one submit", async (gpu) => {
  const slots = [randomFloats([8, 8], 1), randomFloats([8, 8], 2), zeros("f32", [8, 8])];
  const buffers = slots.map(({ type }, i) => gpu.allocate(type, `b${i}`));
  const index = position([8, 8], [0, 1]);
  const matmul = product({ m: 8, n: 8, k: 8 }, [{ slot: 2, index, value: s.result(0, "f32") }]);
  const map = loop({
    outer: [8, 8],
    outerStores: [{ slot: 0, index, value: s.neg(at(2, [8, 8], { axes: [0, 1] })) }],
  });
  const plan = externalPlan([[matmul], [map], [matmul]], slots);
  using executable = await gpu.compile(plan, new Map(buffers.map((b, i) => [i, b])));
  const counts = countCalls(() => {
    for (let i = 0; i < 10; i++) executable.run();
  });
  assertEquals(counts, {
    createCommandEncoder: 10,
    beginComputePass: 10,
    dispatchWorkgroups: 30,
    submit: 10,
  });
  buffers.forEach((buffer) => buffer[Symbol.dispose]());
});

gpuTest(
  "reading several buffers is one submit and one map, of a kept staging buffer",
  async (gpu) => {
    const buffers = [1, 2, 3].map((i) => gpu.allocate(four, `b${i}`));
    await gpu.read(buffers);
    let done: Promise<unknown> = Promise.resolve();
    const counts = countCalls(() => done = gpu.read(buffers));
    await done;
    assertEquals(counts, { createCommandEncoder: 1, submit: 1, mapAsync: 1 });
    buffers.forEach((buffer) => buffer[Symbol.dispose]());
  },
);

gpuTest("plans with equal kernels share pipelines", async (gpu) => {
  using buffer = gpu.allocate(four, "x");
  using other = gpu.allocate(four, "y");
  using _first = await gpu.compile(incrementPlan, new Map([[0, buffer]]));
  let second: Promise<Disposable> | undefined;
  const counts = countCalls(() => second = gpu.compile(incrementPlan, new Map([[0, other]])));
  using _second = (await second)!;
  assertEquals([counts.createShaderModule, counts.createComputePipelineAsync], [
    undefined,
    undefined,
  ]);
});

gpuTest("memory() counts buffers and temporaries exactly", async (gpu) => {
  const start = gpu.memory();
  const buffer = gpu.allocate({ dtype: "f32", shape: [100] }, "x");
  assertEquals(gpu.memory(), { ...start, liveBuffers: 1, liveBytes: 400 });
  const base = externalPlan([], [zeros("f32", [100])]);
  const plan = { ...base, memories: [64, 33] };
  const executable = await gpu.compile(plan, new Map([[0, buffer]]));
  assertEquals(gpu.memory(), { ...start, liveBuffers: 3, liveBytes: 400 + 64 + 48 });
  executable[Symbol.dispose]();
  executable[Symbol.dispose]();
  assertEquals(gpu.memory(), { ...start, liveBuffers: 1, liveBytes: 400 });
  buffer[Symbol.dispose]();
  buffer[Symbol.dispose]();
  assertNoLeaks(gpu);
});

gpuTest("what is disposed of cannot be used", async (gpu) => {
  const buffer = gpu.allocate(four, "x");
  const executable = await gpu.compile(incrementPlan, new Map([[0, buffer]]));
  buffer[Symbol.dispose]();
  assertThrows(() => executable.run(), DeviceError, 'buffer "x" is disposed');
  assertThrows(() => buffer.write(new Float32Array(4)), DeviceError, 'buffer "x" is disposed');
  await assertRejects(() => gpu.read([buffer]), DeviceError, 'buffer "x" is disposed');
  executable[Symbol.dispose]();
  assertThrows(() => executable.run(), DeviceError, "it is disposed");
});

gpuTest("a disposed backend has freed everything and says so", async () => {
  const gpu = (await openGpu())!;
  const buffer = gpu.allocate(four, "x");
  const executable = await gpu.compile(incrementPlan, new Map([[0, buffer]]));
  gpu[Symbol.dispose]();
  gpu[Symbol.dispose]();
  assertEquals(gpu.memory(), { liveBuffers: 0, liveBytes: 0, stagingBytes: 0 });
  assertThrows(() => executable.run(), DeviceError, "the backend is disposed");
  assertThrows(() => gpu.allocate(four, "y"), DeviceError, "the backend is disposed");
  await assertRejects(() => gpu.read([buffer]), DeviceError, "the backend is disposed");
});

gpuTest("a write of the wrong length or type names the buffer", (gpu) => {
  using buffer = gpu.allocate(four, "conv1/weight");
  const message = 'Cannot write "conv1/weight": f32[4] requires';
  assertThrows(() => buffer.write(new Float32Array(3)), ShapeError, message);
  assertThrows(() => buffer.write(new Int32Array(4)), DTypeError, message);
});

gpuTest("external slots need buffers of their type and of this backend", async (gpu) => {
  using other = (await openGpu())!;
  using foreign = other.allocate(four, "x");
  using wrong = gpu.allocate({ dtype: "i32", shape: [4] }, "y");
  for (
    const [buffer, message] of [
      [undefined, "current buffer is missing"],
      [foreign, '"x" of another backend'],
      [wrong, 'current buffer is "y" of i32[4]'],
    ] as const
  ) {
    const bound = new Map(buffer ? [[0, buffer]] : []);
    await assertRejects(() => gpu.compile(incrementPlan, bound), GraphError, message);
  }
  await assertRejects(() => gpu.read([foreign]), GraphError, "belongs to another backend");
});

gpuTest("a kernel that does not compile is named, and nothing of the plan is left", async (gpu) => {
  using buffer = gpu.allocate(four, "x");
  const value = s.cast(s.shl(at(0, [4], { axes: [0] }), s.const(1)), "f32"); // no shift of floats
  const broken = loop({
    label: "broken",
    outer: [4],
    outerStores: [{ slot: 0, index: position([4], [0]), value }],
  });
  const plan = { ...externalPlan([[increment], [broken]], [zeros("f32", [4])]), memories: [64] };
  const error = await assertRejects(
    () => gpu.compile(plan, new Map([[0, buffer]])),
    DeviceError,
    'Cannot compile kernel "broken"',
  );
  assert(/load4?_0/.test(error.message) || error.message.includes("<<"), error.message);
  assertEquals(gpu.memory().liveBuffers, 1);
});

gpuTest("a buffer beyond the adapter's limit is out of memory", (gpu) => {
  const count = gpu.limits.bytesPerSlot / 4 + 1;
  const error = assertThrows(
    () => gpu.allocate({ dtype: "f32", shape: [count] }, "huge"),
    OutOfMemoryError,
    `at most ${gpu.limits.bytesPerSlot} bytes`,
  );
  assert(error.message.includes(String(Math.ceil(count / 4) * 16)));
});

gpuTest("the memory limit counts what is live", async () => {
  using gpu = (await openGpu({ memoryLimit: 1024 }))!;
  const first = gpu.allocate({ dtype: "f32", shape: [200] }, "first");
  const type = { dtype: "f32", shape: [100] } as const;
  assertThrows(() => gpu.allocate(type, "second"), OutOfMemoryError, "1024 bytes, of which 800");
  first[Symbol.dispose]();
  using _second = gpu.allocate(type, "second");
});

gpuTest("an error that the device reports late is thrown by the next call", async () => {
  const { gpu, device } = await openWithDevice();
  using _gpu = gpu;
  using buffer = gpu.allocate(four, "x");
  using executable = await gpu.compile(incrementPlan, new Map([[0, buffer]]));
  device.createBuffer({ label: "bad", size: 16, usage: 0xffff });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertThrows(() => executable.run(), DeviceError, "Cannot use the device");
  executable.run(); // it is told once
  assertEquals(await gpu.read([buffer]), [new Float32Array(4).fill(1)]);
});

gpuTest("a lost device is a typed error of every later call", async () => {
  const { gpu, device } = await openWithDevice();
  const buffer = gpu.allocate(four, "x");
  const executable = await gpu.compile(incrementPlan, new Map([[0, buffer]]));
  device.destroy();
  await device.lost;
  assertThrows(() => executable.run(), DeviceLostError, 'Cannot run "by hand": the device is lost');
  assertThrows(() => buffer.write(new Float32Array(4)), DeviceLostError);
  await assertRejects(() => gpu.read([buffer]), DeviceLostError);
  gpu[Symbol.dispose]();
  assertNoLeaks(gpu);
});

gpuTest("no adapter is null, and an adapter without a device is a DeviceError", async () => {
  const { requestAdapter } = GPU.prototype;
  const { requestDevice } = GPUAdapter.prototype;
  try {
    GPU.prototype.requestAdapter = () => Promise.resolve(null);
    assertStrictEquals(await openGpu(), null);
    GPU.prototype.requestAdapter = requestAdapter;
    GPUAdapter.prototype.requestDevice = () => Promise.reject(new Error("driver says no"));
    await assertRejects(
      () => openGpu(),
      DeviceError,
      "it does not provide a device: current reason is driver says no",
    );
  } finally {
    GPU.prototype.requestAdapter = requestAdapter;
    GPUAdapter.prototype.requestDevice = requestDevice;
  }
});

gpuTest("an empty value and an empty plan take no launch", async (gpu) => {
  const slots = [floats([0, 3], []), zeros("f32", [0])];
  const empty = loop({
    outer: [0],
    outerStores: [{ slot: 1, index: position([0], [0]), value: s.const(1) }],
  });
  const results = await runOn(gpu, externalPlan([[empty]], slots), slots);
  assertEquals(results, [new Float32Array(0), new Float32Array(0)]);
});

Deno.test("a process that used the GPU ends by itself", async () => {
  const code = `
    import { openGpu } from ${JSON.stringify(new URL("../../gpu/mod.ts", import.meta.url).href)};
    const gpu = await openGpu();
    if (!gpu) Deno.exit(0);
    const x = gpu.allocate({ dtype: "f32", shape: [4] }, "x");
    await gpu.read([x]);
    console.log("done");
  `;
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-config",
      "--no-lock",
      "--no-prompt",
      "data:application/typescript," + encodeURIComponent(code),
    ],
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(60_000),
  });
  const { code: status, stderr } = await process.output();
  assertEquals(status, 0, new TextDecoder().decode(stderr));
});
