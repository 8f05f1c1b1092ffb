import { assert, assertEquals } from "@std/assert";
import {
  compile,
  f32,
  gradientsOf,
  i32,
  type Tensor,
  tensor,
  Variable,
} from "../../autograd/mod.ts";
import { decodeSafetensors, toFloat32 } from "../../checkpoint/mod.ts";
import { openCpu, type OpenCpuOptions } from "../../cpu/mod.ts";
import type { Backend, HostArray } from "../../graph/mod.ts";
import * as layers from "../../layers/mod.ts";
import { Optimizer, sgd } from "../../optim/mod.ts";
import { gpuTest } from "../gpu/_adapter.ts";

const file = await Deno.readFile(new URL("./images.safetensors", import.meta.url));
const { tensors } = decodeSafetensors(file);

function golden(name: string): { data: Float32Array; shape: readonly number[] } {
  const found = tensors.get(name);
  if (!found) throw new Error(`no golden ${name}`);
  return { data: toFloat32(found), shape: found.shape };
}

/** max |a − b| / max |b|. */
function relativeError(actual: HostArray, expected: Float32Array): number {
  assertEquals(actual.length, expected.length);
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-30);
  return expected.reduce((max, value, i) => Math.max(max, Math.abs(actual[i]! - value)), 0) / scale;
}

function assertClose(name: string, actual: HostArray, tolerance: number): void {
  const error = relativeError(actual, golden(name).data);
  assert(error <= tolerance, `${name}: relative error ${error} is above ${tolerance}`);
}

/** Gives a model the values that are stored under `prefix`. */
function load(model: layers.Module, prefix: string): void {
  for (const [name, variable] of model.state()) {
    variable.assign(golden(`${prefix}/${name}`).data);
  }
}

function dispose(...owners: readonly Disposable[]): void {
  for (const owner of owners) owner[Symbol.dispose]();
}

const layerCases: readonly (readonly [string, () => layers.Module])[] = [
  ["conv0", () => new layers.Conv2d(4, 8, 3, { padding: 1 })],
  ["conv1", () => new layers.Conv2d(4, 8, 3, { stride: 2, padding: 1 })],
  ["conv2", () => new layers.Conv2d(4, 8, 3, { padding: 2, dilation: 2 })],
  ["conv3", () => new layers.Conv2d(4, 8, 3, { padding: 1, groups: 2 })],
  ["conv4", () => new layers.Conv2d(4, 8, 3, { stride: 2, groups: 4 })],
  ["conv5", () => new layers.Conv2d(4, 8, 3, { padding: "same" })],
  ["conv6", () => new layers.Conv2d(3, 5, 1, { stride: 2, bias: false })],
  ["bn", () => new layers.BatchNorm2d(3)],
  ["bnEval", () => new layers.BatchNorm2d(3)],
  ["bn1d", () => new layers.BatchNorm1d(5)],
  ["layerNorm", () => new layers.LayerNorm(6)],
  ["groupNorm", () => new layers.GroupNorm(2, 6)],
  ["maxPool", () => new layers.MaxPool2d(3, { stride: 2, padding: 1 })],
  ["avgPool", () => new layers.AvgPool2d(2)],
  ["adaptive", () => new layers.AdaptiveAvgPool2d([3, 2])],
  ["upsample", () => new layers.Upsample(2)],
  ["silu", () => new layers.SiLU()],
  ["elu", () => new layers.ELU()],
  ["elu2", () => new layers.ELU(0.5)],
  ["selu", () => new layers.SELU()],
  ["softplus", () => new layers.Softplus()],
  ["softplus2", () => new layers.Softplus(2.5)],
  ["hardswish", () => new layers.Hardswish()],
  ["softmax", () => new layers.Softmax()],
  ["softmax0", () => new layers.Softmax(0)],
  ["rmsNorm", () => new layers.RMSNorm(6)],
  ["rmsNorm2", () => new layers.RMSNorm([3, 2], { eps: 0.25 })],
  ["rmsNorm3", () => new layers.RMSNorm(5, { affine: false })],
  ["instanceNorm1d", () => new layers.InstanceNorm1d(3)],
  ["instanceNorm2d", () => new layers.InstanceNorm2d(3, { affine: true })],
  ["instanceNorm2d2", () => new layers.InstanceNorm2d(2, { eps: 0.1 })],
  ["bilinear0", () => bilinear(2, false)],
  ["bilinear1", () => bilinear(3, false)],
  ["bilinear2", () => bilinear(2, true)],
  ["bilinear3", () => bilinear(3, true)],
  ["bilinear4", () => bilinear(1, false)],
  ["bilinear5", () => bilinear(4, true)],
  ["zeroPad", () => new layers.ZeroPad2d([1, 2, 0, 3])],
  ["constantPad", () => new layers.ConstantPad2d(2, -1.5)],
  ["reflectionPad", () => new layers.ReflectionPad2d([3, 2, 1, 0])],
  ["reflectionPad2", () => new layers.ReflectionPad2d(2)],
  ["replicationPad", () => new layers.ReplicationPad2d([3, 0, 1, 4])],
];

function bilinear(scale: number, alignCorners: boolean): layers.Upsample {
  return new layers.Upsample(scale, { mode: "bilinear", alignCorners });
}

/** Output, gradients and running statistics of one layer. */
async function checkLayer(name: string, make: () => layers.Module, backend: Backend) {
  const model = layers.initialize(make(), { seed: 1 });
  load(model, `${name}/state`);
  const { data, shape } = golden(`${name}/x`);
  using x = new Variable("x", { dtype: "f32", shape }, () => data);
  const g = tensor(golden(`${name}/g`).data, golden(`${name}/g`).shape);
  const parameters = [...model.namedParameters()];
  const updates = new Map<Variable, Tensor>();
  using step = await compile<never, string>({}, () => {
    const y = model.forward(x, {
      training: name !== "bnEval",
      record: (variable, next) => updates.set(variable, next),
    });
    const wrt = [x, ...parameters.map(([, parameter]) => parameter)];
    const slopes = gradientsOf(y.mul(g).sum(), wrt);
    return { outputs: { y, ...Object.fromEntries(slopes.entries()) }, updates };
  }, { backend });
  step.run();
  const results: Record<string, HostArray> = await step.read();
  assertClose(`${name}/y`, results.y!, 1e-5);
  assertClose(`${name}/grad/x`, results[0]!, 1e-5);
  for (const [i, [parameter]] of parameters.entries()) {
    assertClose(`${name}/grad/${parameter}`, results[i + 1]!, 1e-5);
  }
  for (const [variableName, variable] of name === "bn" ? model.state() : []) {
    if (variableName.startsWith("running")) {
      assertClose(`${name}/after/${variableName}`, await variable.data(), 1e-6);
    }
  }
  dispose(model);
}

const networks: readonly (readonly [string, () => layers.Module])[] = [
  ["plainNet", () => new layers.PlainNet(8, { widths: [4, 6, 8], classes: 5 })],
  ["resNet", () => new layers.ResNet(8, { widths: [4, 6, 8], classes: 5, shortcut: "B" })],
];

/** 20 steps of SGD with momentum and weight decay. */
async function checkTraining(name: string, make: () => layers.Module, backend: Backend) {
  const model = layers.initialize(make(), { seed: 1 });
  load(model, `${name}/before`);
  const optimizer = new Optimizer(
    model.parameters(),
    sgd({ learningRate: 0.02, momentum: 0.9, weightDecay: 5e-4 }),
  );
  const { data, shape } = golden(`${name}/x`);
  using step = await compile({ x: f32(shape), y: i32([8]) }, ({ x, y }) => {
    const updates = new Map<Variable, Tensor>();
    const record = (variable: Variable, next: Tensor) => void updates.set(variable, next);
    const loss = layers.crossEntropy(model.forward(x, { training: true, record }), y);
    return { outputs: { loss }, updates: new Map([...updates, ...optimizer.minimize(loss)]) };
  }, { backend });
  step.run({ x: data, y: Int32Array.from({ length: 8 }, (_, i) => i % 5) });
  const { data: losses } = golden(`${name}/losses`);
  for (let i = 0; i < 20; i++) {
    const { loss } = await step.read();
    const error = Math.abs(loss[0]! - losses[i]!) / losses[i]!;
    assert(error <= (i === 0 ? 1e-5 : 1e-4), `${name}: loss ${i} is off by ${error}`);
    if (i < 19) step.run();
  }
  for (const [parameter, variable] of model.state()) {
    assertClose(`${name}/after/${parameter}`, await variable.data(), 1e-4);
  }
  dispose(model, optimizer);
}

async function checkCpu(t: Deno.TestContext, options: OpenCpuOptions): Promise<void> {
  using backend = openCpu(options);
  for (const [name, make] of layerCases) {
    await t.step(name, () => checkLayer(name, make, backend));
  }
  for (const [name, make] of networks) {
    await t.step(`${name}, 20 steps`, () => checkTraining(name, make, backend));
  }
  assertEquals(backend.memory().liveBuffers, 0);
}

Deno.test("image layers agree with PyTorch on the CPU", (t) => checkCpu(t, {}));
Deno.test(
  "image layers agree with PyTorch on the CPU in checked mode",
  (t) => checkCpu(t, { checked: true }),
);

gpuTest("image layers agree with PyTorch on the GPU", async (backend) => {
  for (const [name, make] of layerCases) await checkLayer(name, make, backend);
  for (const [name, make] of networks) await checkTraining(name, make, backend);
});
