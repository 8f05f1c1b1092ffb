import * as gs from "@gspace/gspace";

// The arguments are the program to import, and the number of threads or "dawn".
const [, , program, device] = process.argv;
const { train } = await import(program);

/** The WebGPU backend on Dawn for Node, which is the package `webgpu`; or `null`. */
async function openDawn() {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, "navigator", { value: { gpu: create([]) } });
  return await gs.openGpu();
}

const backend = device === "dawn" ? await openDawn() : gs.openCpu({ threads: Number(device) });
const output = backend && {
  results: await train(gs, backend, 5),
  description: backend.description,
};
console.log(JSON.stringify(output));
backend?.[Symbol.dispose]();
