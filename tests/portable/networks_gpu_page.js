// A page of tests/slow/browsers_test.ts: trains the networks on WebGPU with the adapter's limits and
// with the default ones, and posts the results and the messages of the shader compiler, or its error.
import { train } from "./networks.mjs";

const bundle = "/gspace.mjs";
const messages = [];

const { createShaderModule } = GPUDevice.prototype;
GPUDevice.prototype.createShaderModule = function (descriptor) {
  const module = createShaderModule.call(this, descriptor);
  messages.push(module.getCompilationInfo().then(({ messages }) => messages.map((m) => m.message)));
  return module;
};

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
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function () {
    return requestDevice.call(this);
  };
  const small = await run(gs);
  const texts = await Promise.all(messages);
  return { outputs: [own, small], modules: texts.length, messages: texts.flat() };
}

const answer = await runBoth().catch(({ stack, message }) => ({ error: `${message}\n${stack}` }));
await fetch("/answer", { method: "POST", body: JSON.stringify(answer) });
