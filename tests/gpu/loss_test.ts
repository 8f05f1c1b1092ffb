import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { type GpuBackend, openGpu } from "../../gpu/mod.ts";
import { DeviceLostError } from "../../graph/errors.ts";
import { ones } from "../../mod.ts";
import { gpuTest } from "./_adapter.ts";
import { openWithDevice } from "./_device.ts";
import { at, externalPlan, loop, position, zeros } from "./_plans.ts";
import { s } from "../../graph/mod.ts";

const four = { dtype: "f32", shape: [4] } as const;

/** Adds a number to slot 0. */
function adding(number: number) {
  const value = s.add(at(0, [4], { axes: [0] }), s.const(number));
  const kernel = loop({
    label: "add",
    outer: [4],
    outerStores: [{ slot: 0, index: position([4], [0]), value }],
  });
  return externalPlan([[kernel]], [zeros("f32", [4])]);
}

async function openParts() {
  const { gpu, device } = await openWithDevice();
  const buffer = gpu.allocate(four, "x");
  const executable = await gpu.compile(adding(1), new Map([[0, buffer]]));
  return { gpu, device, buffer, executable };
}

type Parts = Awaited<ReturnType<typeof openParts>>;

/** Everything that a program can ask of a backend. */
const requests: readonly (readonly [string, (parts: Parts) => unknown])[] = [
  ["run", ({ executable }) => executable.run()],
  ["write", ({ buffer }) => buffer.write(new Float32Array(4))],
  ["allocate", ({ gpu }) => gpu.allocate(four, "y")[Symbol.dispose]()],
  ["compile known", ({ gpu, buffer }) => gpu.compile(adding(1), new Map([[0, buffer]]))],
  ["compile new", ({ gpu, buffer }) => gpu.compile(adding(2), new Map([[0, buffer]]))],
  ["read", ({ gpu, buffer }) => gpu.read([buffer])],
  ["read much", ({ gpu, buffer }) => gpu.read(new Array(1000).fill(buffer))],
  ["evaluate", ({ gpu }) => ones([3]).add(1).data({ backend: gpu })],
];

/** Resolves to the error of a request, if there is one. */
async function errorOf(request: () => unknown): Promise<unknown> {
  try {
    await request();
    return undefined;
  } catch (error) {
    return error;
  }
}

function assertLost(error: unknown, what: string): void {
  assertInstanceOf(error, DeviceLostError, `${what}: ${error}`);
}

for (const [name, request] of requests) {
  gpuTest(`a device that is lost while it is asked for is a DeviceLostError: ${name}`, async () => {
    // before the request, while it is under way, and a moment later
    for (const delay of [undefined, 0, 1, 2]) {
      const parts = await openParts();
      using gpu: GpuBackend = parts.gpu;
      if (delay === undefined) parts.device.destroy();
      const pending = errorOf(() => request(parts));
      for (let i = 0; i < (delay ?? 0); i++) await Promise.resolve();
      if (delay !== undefined) parts.device.destroy();
      const error = await pending;
      // a request that was done before the loss was known may have gone well
      if (error !== undefined) assertLost(error, `${name}, delay ${delay}`);
      const isReading = name.startsWith("read") || name === "evaluate";
      if (delay === undefined && isReading) assertLost(error, "there is nothing to read");
      for (const [later, again] of requests) {
        const next = await errorOf(() => again(parts));
        if (next !== undefined) assertLost(next, `${name}, then ${later}`);
      }
      await parts.device.lost;
      for (const [later, again] of requests) {
        assertLost(await errorOf(() => again(parts)), `${name}, lost, then ${later}`);
      }
      assertEquals(gpu.memory().liveBuffers, 1);
    }
  });
}

gpuTest("reads that are under way when the device is lost all say so", async () => {
  const parts = await openParts();
  using gpu = parts.gpu;
  const reads = [1, 2, 3].map(() => {
    parts.executable.run();
    return errorOf(() => gpu.read([parts.buffer]));
  });
  parts.device.destroy();
  const late = errorOf(() => gpu.read([parts.buffer]));
  for (const error of await Promise.all(reads)) if (error !== undefined) assertLost(error, "read");
  assertLost(await late, "the read after the loss");
});

gpuTest("a lost backend does not take others with it", async () => {
  const parts = await openParts();
  using lost = parts.gpu;
  using other = (await openGpu())!;
  parts.device.destroy();
  assertLost(await errorOf(() => lost.read([parts.buffer])), "read");
  assert((await ones([2]).add(1).data({ backend: other }))[1] === 2);
});
