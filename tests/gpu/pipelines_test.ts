import { assert, assertEquals, assertRejects } from "@std/assert";
import { MOST_UNUSED_PIPELINES, PipelineCache, type Shader } from "../../gpu/pipelines.ts";
import { withRuntimeDirectory } from "../../gpu/runtime_directory.ts";
import { DeviceError } from "../../graph/errors.ts";
import { gpuTest } from "./_adapter.ts";

/** A cache on a device of its own, which counts the pipelines that it makes. */
async function openCache() {
  const adapter = await withRuntimeDirectory(() => navigator.gpu.requestAdapter());
  const device = await adapter!.requestDevice();
  let made = 0;
  const create = device.createComputePipelineAsync.bind(device);
  Object.defineProperty(device, "createComputePipelineAsync", {
    value: (descriptor: GPUComputePipelineDescriptor) => (made++, create(descriptor)),
  });
  return {
    cache: new PipelineCache(device),
    get made() {
      return made;
    },
    [Symbol.dispose]: () => device.destroy(),
  };
}

function shaderOf(value: number | string): Shader {
  const source = `@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(1) fn main() { x[0] = ${value}; }`;
  return { label: `set ${value}`, source };
}

/** Leases a pipeline and gives it back. */
async function useOnce({ cache }: { cache: PipelineCache }, value: number): Promise<void> {
  using lease = cache.lease(shaderOf(value));
  await lease.ready;
}

gpuTest("pipelines out of use are kept, the last ones and no more than that", async () => {
  using gpu = await openCache();
  const count = MOST_UNUSED_PIPELINES + 3;
  for (let i = 0; i < count; i++) await useOnce(gpu, i);
  for (let i = 3; i < count; i++) await useOnce(gpu, i);
  assertEquals(gpu.made, count, "the last ones are there");
  for (let i = 0; i < 3; i++) await useOnce(gpu, i);
  assertEquals(gpu.made, count + 3, "the first ones are gone");
  await useOnce(gpu, 6);
  assertEquals(gpu.made, count + 3);
  await useOnce(gpu, 4);
  assertEquals(gpu.made, count + 4, "what was used longest ago made room");
});

gpuTest("a pipeline in use is there, whatever comes and goes beside it", async () => {
  using gpu = await openCache();
  const kept = gpu.cache.lease(shaderOf(-1 >>> 0));
  using second = gpu.cache.lease(shaderOf(-1 >>> 0));
  assertEquals(await second.ready, await kept.ready);
  kept[Symbol.dispose]();
  kept[Symbol.dispose](); // the other one is still in use
  for (let i = 0; i <= MOST_UNUSED_PIPELINES; i++) await useOnce(gpu, i);
  const { made } = gpu;
  using third = gpu.cache.lease(shaderOf(-1 >>> 0));
  assertEquals((await third.ready).pipeline, (await second.ready).pipeline);
  assertEquals(gpu.made, made);
});

gpuTest("a shader that does not compile is not kept", async () => {
  using gpu = await openCache();
  for (let i = 1; i <= 2; i++) {
    using lease = gpu.cache.lease(shaderOf("no number"));
    await assertRejects(() => lease.ready, DeviceError, 'Cannot compile kernel "set no number"');
    assert(gpu.made === i);
  }
});
