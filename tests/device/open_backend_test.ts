import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { openBackend } from "../../device/mod.ts";
import { openGpu } from "../../gpu/mod.ts";

async function opened(name: "auto" | "cpu"): Promise<{ name: string; reason: string }> {
  let reason = "";
  using backend = await openBackend(name, { threads: 1, onChoice: (text) => reason = text });
  return { name: backend.name, reason };
}

/** Deno ends a GPU's last `mapAsync` shortly after the backend is disposed. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}

Deno.test('openBackend("cpu") opens the CPU', async () => {
  assertEquals(await opened("cpu"), { name: "cpu", reason: "the CPU, as requested" });
});

Deno.test("openBackend() refuses unknown names", async () => {
  await assertRejects(() => openBackend(JSON.parse('"cuda"')), RangeError, 'current is "cuda"');
});

Deno.test('openBackend("auto") opens a hardware GPU, but never a software one', async () => {
  const { name, reason } = await opened("auto");
  using gpu = await openGpu();
  if (gpu && !gpu.adapter.isFallbackAdapter) {
    assertEquals([name, reason], ["gpu", "the hardware GPU"]);
  } else {
    assertEquals(name, "cpu");
    assertStringIncludes(reason, gpu ? "is a software one" : "there is no WebGPU adapter");
  }
  await settled();
});

Deno.test('openBackend("gpu") says what to do if there is no GPU', async () => {
  const url = new URL("../../device/mod.ts", import.meta.url);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `const { openBackend } = await import(${JSON.stringify(url.href)});
       await openBackend("gpu").catch((error) => console.log(error.name, error.message));
       await openBackend("auto", { threads: 1, onChoice: console.log });
       Deno.exit(0);`,
    ],
    // a driver interface that this system does not have
    env: { DENO_WEBGPU_BACKEND: Deno.build.os === "darwin" ? "vulkan" : "metal" },
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertStringIncludes(text, "DeviceError Cannot open a GPU: there is no WebGPU adapter");
  assert(text.trimEnd().endsWith("the CPU: there is no WebGPU adapter"), text);
});
