// A page of tests/slow/browsers_test.ts: trains the networks on WebGPU with the adapter's limits and
// with the default ones, and posts the results and the messages of the shader compiler, or its error.
import { useDefaultLimits, watchShaders } from "./gpu_hooks.js";
import { train } from "./networks.mjs";

const bundle = "/gspace.mjs";
const shaders = watchShaders();

async function run(gs) {
  const backend = await gs.openGpu();
  if (!backend) return null;
  const results = await train(gs, backend, 5);
  const { description } = backend;
  backend[Symbol.dispose]();
  return { results, description };
}

async function runBoth() {
  const gs = await import(bundle);
  const own = await run(gs);
  useDefaultLimits();
  return { outputs: [own, await run(gs)], ...await shaders() };
}

const answer = await runBoth().catch(({ stack, message }) => ({ error: `${message}\n${stack}` }));
await fetch("/answer", { method: "POST", body: JSON.stringify(answer) });
