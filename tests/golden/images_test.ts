import { assert, assertEquals } from "@std/assert";
import {
  arange,
  compile,
  f32,
  gradientsOf,
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
  ...convTransposeCases(),
  ["rectangular", () => new layers.Conv2d(3, 4, [1, 4], { stride: [1, 2], padding: [0, 3] })],
  ["conv1d0", () => new layers.Conv1d(4, 6, 3)],
  ["conv1d1", () => new layers.Conv1d(4, 6, 3, { stride: 2, padding: 2, dilation: 3 })],
  ["conv1d2", () => new layers.Conv1d(4, 6, 3, { padding: "same", groups: 2 })],
  ["conv1d3", () => new layers.Conv1d(4, 6, 3, { bias: false, stride: 3 })],
  ["convTranspose1d0", () => new layers.ConvTranspose1d(4, 6, 4)],
  [
    "convTranspose1d1",
    () =>
      new layers.ConvTranspose1d(4, 6, 4, {
        ...{ stride: 3, padding: 1, outputPadding: 2, dilation: 2 },
      }),
  ],
  ["convTranspose1d2", () => new layers.ConvTranspose1d(4, 6, 4, { groups: 2, bias: false })],
  ["conv3d0", () => new layers.Conv3d(4, 6, 3, { padding: 1 })],
  [
    "conv3d1",
    () =>
      new layers.Conv3d(4, 6, [2, 1, 3], {
        ...{ stride: [2, 1, 2], padding: [1, 0, 2], dilation: [2, 1, 1], groups: 2 },
      }),
  ],
  ["conv3d2", () => new layers.Conv3d(4, 6, 1, { bias: false })],
  ["conv3d3", () => new layers.Conv3d(4, 6, [4, 2, 2], { stride: 3, padding: 1 })],
  ["maxPool1d", () => new layers.MaxPool1d(3, { stride: 2, padding: 1 })],
  ["avgPool1d", () => new layers.AvgPool1d(3, { padding: 1 })],
  ["adaptive1d", () => new layers.AdaptiveAvgPool1d(3)],
  ["pixelShuffle", () => new layers.PixelShuffle(3)],
  ["pixelUnshuffle", () => new layers.PixelUnshuffle(2)],
  ["constantPad1d", () => new layers.ConstantPad1d([2, 1], 0.5)],
  ["reflectionPad1d", () => new layers.ReflectionPad1d([3, 1])],
  ["replicationPad1d", () => new layers.ReplicationPad1d(2)],
];

function convTransposeCases(): (readonly [string, () => layers.Module])[] {
  const cases:
    readonly (readonly [number | [number, number], layers.ConvTranspose2dLayerOptions])[] = [
      [3, {}],
      [[2, 3], { stride: [2, 1], padding: [1, 0] }],
      [4, { stride: 2, padding: 1 }],
      [3, { stride: [3, 2], padding: 1, outputPadding: [2, 1], dilation: [1, 2] }],
      [3, { stride: 2, groups: 2, bias: false }],
      [1, { stride: 2, padding: 0, outputPadding: 1 }],
      [2, { dilation: 3, padding: 2, outputPadding: 2 }],
      [3, { padding: 2 }],
    ];
  return cases.map(([size, options], i) =>
    [`convTranspose${i}`, () => new layers.ConvTranspose2d(4, 6, size, options)] as const
  );
}

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

/** Networks that are trained to give targets, with their learning rate of 0.05. */
const autoencoders: readonly (readonly [string, () => layers.Module])[] = [
  ["auto1d", () =>
    new layers.Sequential(
      new layers.Conv1d(3, 6, 3, { padding: 1 }),
      new layers.ReLU(),
      new layers.MaxPool1d(2),
      new layers.ConvTranspose1d(6, 3, 4, { stride: 2, padding: 1 }),
    )],
  ["auto2d", () =>
    new layers.Sequential(
      new layers.Conv2d(2, 6, [3, 4], { stride: 2, padding: 1 }),
      new layers.ReLU(),
      new layers.ConvTranspose2d(6, 8, [3, 4], { stride: 2, padding: 1, outputPadding: [1, 0] }),
      new layers.Tanh(),
      new layers.Conv2d(8, 8, 1),
      new layers.PixelUnshuffle(2),
      new layers.PixelShuffle(4),
    )],
  ["auto3d", () =>
    new layers.Sequential(
      new layers.Conv3d(2, 4, 3, { padding: 1 }),
      new layers.ReLU(),
      new layers.Conv3d(4, 2, [1, 2, 3], { padding: [0, 1, 1] }),
    )],
];

/** 20 steps of SGD with momentum; for classifiers with weight decay. */
async function checkTraining(name: string, make: () => layers.Module, backend: Backend) {
  const model = layers.initialize(make(), { seed: 1 });
  load(model, `${name}/before`);
  const isClassifier = !tensors.has(`${name}/target`);
  const how = isClassifier ? { learningRate: 0.02, weightDecay: 5e-4 } : { learningRate: 0.05 };
  const optimizer = new Optimizer(model.parameters(), sgd({ momentum: 0.9, ...how }));
  const { data, shape } = golden(`${name}/x`);
  using step = await compile({ x: f32(shape) }, ({ x }) => {
    const updates = new Map<Variable, Tensor>();
    const record = (variable: Variable, next: Tensor) => void updates.set(variable, next);
    const output = model.forward(x, { training: true, record });
    const loss = isClassifier
      ? layers.crossEntropy(output, arange(8).mod(5))
      : layers.mse(output, tensor(golden(`${name}/target`).data, output.shape));
    return { outputs: { loss }, updates: new Map([...updates, ...optimizer.minimize(loss)]) };
  }, { backend });
  step.run({ x: data });
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
  for (const [name, make] of [...networks, ...autoencoders]) {
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
  for (const [name, make] of [...networks, ...autoencoders]) {
    await checkTraining(name, make, backend);
  }
});
