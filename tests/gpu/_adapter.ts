import { assertEquals } from "@std/assert";
import { type GpuBackend, openGpu } from "../../gpu/mod.ts";

/**
 * Deno resolves `mapAsync` ten milliseconds after the backend has taken the mapped bytes.
 * Tests wait for that, so that the op sanitizer finds nothing under way.
 */
const maps: Promise<unknown>[] = [];
const { mapAsync } = GPUBuffer.prototype;
GPUBuffer.prototype.mapAsync = function (...args) {
  const mapped = mapAsync.apply(this, args);
  maps.push(mapped);
  return mapped;
};

/** The adapter's backend that all tests of a file share, or `null`. */
const backend: GpuBackend | null = await openGpu();
await Promise.allSettled(maps.splice(0));

const howToGetOne = "no WebGPU adapter was found, so the GPU tests cannot run. " +
  "A software adapter is enough: on Debian or Ubuntu, `apt-get install mesa-vulkan-drivers`.";

// The driver ends its threads before the process ends, not while it does.
addEventListener("unload", () => backend?.[Symbol.dispose]());

if (!backend) console.error(`\n!!! ${howToGetOne}\n`);

/** Set on build machines, where a skipped test would go unnoticed. */
function isCi(): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "CI" });
  return state === "granted" && Deno.env.get("CI") === "true";
}

/**
 * A test that needs a WebGPU adapter. Without one it is ignored, visibly, and fails if
 * `CI=true`. It fails if buffers are left over.
 */
export function gpuTest(name: string, test: (gpu: GpuBackend) => Promise<void> | void): void {
  Deno.test({
    name,
    ignore: backend === null && !isCi(),
    fn: async () => {
      if (!backend) throw new Error(`CI=true, but ${howToGetOne}`);
      try {
        await test(backend);
      } finally {
        await Promise.allSettled(maps.splice(0));
      }
      assertNoLeaks(backend);
    },
  });
}

/** Fails unless every buffer and executable of the backend was disposed of. */
export function assertNoLeaks(gpu: GpuBackend): void {
  const { liveBuffers, liveBytes } = gpu.memory();
  assertEquals({ liveBuffers, liveBytes }, { liveBuffers: 0, liveBytes: 0 });
}
