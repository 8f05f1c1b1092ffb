// Compiles shaders, in order. Runs as a process of its own, with the layer: see compile.ts.
//
// Arguments: a JSON file with the WGSL of each shader, and a part of the adapter's name.
import { requestDevice } from "../../gpu/open_adapter.ts";

const adapter = await navigator.gpu.requestAdapter();
if (!adapter) throw new Error("Cannot compile: the driver must provide an adapter: there is none");
const [path = "", expected = ""] = Deno.args;
const { description } = adapter.info;
// With other drivers, this could be a software adapter.
if (!description.includes(expected)) {
  throw new Error(`Cannot compile: the adapter must be ${expected}: current is "${description}"`);
}
const device = await requestDevice(adapter);
const sources: unknown = JSON.parse(await Deno.readTextFile(path));
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
