// Compiles shaders, in order. Runs as a process of its own, with the layer: see compile.ts.
//
// Arguments: a JSON file with the WGSL of each shader.
import { requestDevice } from "../../gpu/open.ts";

const adapter = await navigator.gpu.requestAdapter();
if (!adapter) throw new Error("Cannot compile: the driver must provide an adapter: there is none");
const { description } = adapter.info;
// Given a family, RADV ignores real GPUs. Any other driver would be that of a software adapter.
if (!description.includes("RADV")) {
  throw new Error(
    `Cannot compile: the driver must be Mesa's RADV: current adapter is "${description}"`,
  );
}
const device = await requestDevice(adapter);
const sources: unknown = JSON.parse(await Deno.readTextFile(Deno.args[0] ?? ""));
if (!Array.isArray(sources)) throw new Error("Cannot compile: expected an array of shaders");
device.pushErrorScope("validation");
for (const code of sources.map(String)) {
  const module = device.createShaderModule({ code });
  device.createComputePipeline({ layout: "auto", compute: { module } });
}
const error = await device.popErrorScope();
if (error) throw new Error(`Cannot compile a shader: ${error.message}`);
// Without a wait: nothing runs on this device.
Deno.exit(0);
