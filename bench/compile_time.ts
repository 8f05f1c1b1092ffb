/**
 * Time from the call of `compile` to a ready step, on an open device: trace, passes, lowering, and
 * code. The time in the driver, which compiles pipelines, is measured separately.
 * @module
 */
import {
  type Backend,
  compile,
  crossEntropy,
  f32,
  i32,
  initialize,
  Linear,
  LSTM,
  Module,
  openCpu,
  openGpu,
  Optimizer,
  Parameter,
  ResNet,
  sgd,
  type Tensor,
  type TensorType,
  type Traced,
} from "../mod.ts";
import { transformer } from "./cases.ts";
import type { DeviceName } from "./devices.ts";
import { trainingStep } from "./training_step.ts";
import { CharTransformer } from "./transformer.ts";

/** A step whose compilation is timed. */
interface CompileCase {
  readonly name: string;
  /** Makes the model. */
  readonly prepare: () => Prepared;
}

interface Prepared extends Disposable {
  readonly compile: (backend: Backend) => Promise<Disposable>;
}

/** How long a step took to compile. Times are in milliseconds. */
export interface CompileRow {
  readonly device: DeviceName;
  readonly name: string;
  /** Best time from the call to the ready step, of a model whose weights are on the device. */
  readonly own: number;
  /** Time in the GPU's driver, at the first call; later, the backend has the pipelines. */
  readonly pipelines: number;
}

const IMAGES = 8;

/** The cases, in the order in which they are printed. */
const compileCases: readonly CompileCase[] = [
  residual(34),
  residual(110),
  { name: "compile lstm of 400 steps", prepare: () => unrolledLstm(400) },
  { name: "compile lstm layer of 400 steps", prepare: () => lstmLayer(400) },
  { name: `compile step of transformer-${transformer.layers}`, prepare: charTransformer },
];

/** Milliseconds that a case may take, by its name. */
export const compileLimits: Readonly<Record<string, number>> = {
  "compile resnet-34": 1000,
  "compile resnet-110": 3000,
  "compile lstm of 400 steps": 3000,
  "compile lstm layer of 400 steps": 2000,
};

function residual(depth: number): CompileCase {
  return { name: `compile resnet-${depth}`, prepare: () => resNet(depth) };
}

function resNet(depth: number): Prepared {
  return modelStep(new ResNet(depth), { x: f32([IMAGES, 3, 32, 32]), y: i32([IMAGES]) });
}

function charTransformer(): Prepared {
  const shape = [transformer.batch, transformer.positions];
  return modelStep(new CharTransformer(transformer), { x: i32(shape), y: i32(shape) });
}

/** A step of SGD on a model with these types of inputs. */
function modelStep(model: Module, types: Readonly<Record<"x" | "y", TensorType>>): Prepared {
  initialize(model, { seed: 1 });
  const optimizer = new Optimizer(model.parameters(), sgd({ learningRate: 0.1 }));
  return {
    compile: (backend) => compile(types, trainingStep(model, optimizer), { backend }),
    ...owning(optimizer, ...model.parameters()),
  };
}

/** Sizes of both recurrent networks. */
const recurrentSizes = { batch: 8, width: 16, hidden: 32, classes: 10 };

/** A layer of LSTM, which is one loop, and a linear layer on its last output. */
class LastOutput extends Module {
  readonly lstm: LSTM = new LSTM(recurrentSizes.width, recurrentSizes.hidden);
  readonly fc: Linear = new Linear(recurrentSizes.hidden, recurrentSizes.classes);

  override forward(x: Tensor): Tensor {
    return this.fc.forward(this.lstm.forward(x).state.h.squeeze(0));
  }
}

function lstmLayer(steps: number): Prepared {
  const { batch, width } = recurrentSizes;
  return modelStep(new LastOutput(), { x: f32([steps, batch, width]), y: i32([batch]) });
}

/** An unrolled recurrence with the gates of an LSTM. */
function unrolledLstm(steps: number): Prepared {
  const { batch, width, hidden, classes } = recurrentSizes;
  const parameters = [[width, 4 * hidden], [hidden, 4 * hidden], [4 * hidden], [hidden, classes]]
    .map(
      (shape, i) => new Parameter(`weight ${i}`, f32(shape)),
    );
  const [input, recurrent, bias, output] = parameters as Four<Parameter>;
  const optimizer = new Optimizer(parameters, sgd({ learningRate: 0.1 }));
  const types = { x: f32([steps, batch, width]), start: f32([batch, hidden]), y: i32([batch]) };
  const step: Step<keyof typeof types> = ({ x, start, y }) => {
    let [state, memory] = [start, start];
    for (let i = 0; i < steps; i++) {
      const now = x.slice([i, 0, 0], [1, batch, width]).reshape([batch, width]);
      const all = now.matmul(input).add(state.matmul(recurrent)).add(bias);
      const gate = (k: number) => all.slice([0, k * hidden], [batch, hidden]);
      memory = gate(0).sigmoid().mul(memory).add(gate(1).sigmoid().mul(gate(2).tanh()));
      state = gate(3).sigmoid().mul(memory.tanh());
    }
    const loss = crossEntropy(state.matmul(output), y);
    return { outputs: { loss }, updates: optimizer.minimize(loss) };
  };
  return {
    compile: (backend) => compile(types, step, { backend }),
    ...owning(optimizer, ...parameters),
  };
}

type Four<T> = [T, T, T, T];

type Step<Input extends string> = (inputs: Readonly<Record<Input, Tensor>>) => Traced<"loss">;

function owning(...owned: readonly Disposable[]): Disposable {
  return { [Symbol.dispose]: () => owned.forEach((each) => each[Symbol.dispose]()) };
}

/** Opens a device for this; `null` if there is none. Software GPUs are used as one of NVIDIA's. */
async function openFor(device: DeviceName): Promise<Backend | null> {
  if (device !== "gpu") return openCpu({ native: device === "native" ? "auto" : "off" });
  const backend = await openGpu();
  if (backend?.adapter.adapterClass !== "software") return backend;
  backend[Symbol.dispose]();
  return await openGpu({ adapterClass: "nvidia" });
}

/** Compiles each wanted case a few times and yields the best time. */
export async function* measureCompile(
  device: DeviceName,
  { wanted, runs }: { readonly wanted: (name: string) => boolean; readonly runs: number },
): AsyncGenerator<CompileRow> {
  const cases = compileCases.filter(({ name }) => wanted(name));
  if (cases.length === 0) return;
  using backend = await openFor(device);
  if (!backend) return;
  for (const { name, prepare } of cases) {
    using model = prepare(); // the first time draws its weights
    const times: { own: number; pipelines: number }[] = [];
    for (let i = 0; i < runs; i++) times.push(await timeOnce(() => model.compile(backend)));
    const own = Math.min(...times.map((time) => time.own));
    yield { device, name, own, pipelines: times[0]?.pipelines ?? 0 };
  }
}

async function timeOnce(run: () => Promise<Disposable>) {
  const driver = watchDriver();
  try {
    const start = performance.now();
    const step = await run();
    const total = performance.now() - start;
    step[Symbol.dispose]();
    return { own: total - driver.milliseconds(), pipelines: driver.milliseconds() };
  } finally {
    driver.stop();
  }
}

/** Adds up the time in calls that compile. Deno compiles while it is in the call. */
function watchDriver() {
  if (typeof GPUDevice === "undefined") return { milliseconds: () => 0, stop: () => {} };
  let milliseconds = 0;
  const restore = (["createShaderModule", "createComputePipelineAsync"] as const).map((name) => {
    const original: unknown = Reflect.get(GPUDevice.prototype, name);
    if (typeof original !== "function") throw new Error(`Internal: WebGPU has no ${name}`);
    Reflect.set(GPUDevice.prototype, name, function (this: unknown, ...args: unknown[]): unknown {
      const start = performance.now();
      try {
        return Reflect.apply(original, this, args);
      } finally {
        milliseconds += performance.now() - start;
      }
    });
    return () => Reflect.set(GPUDevice.prototype, name, original);
  });
  return { milliseconds: () => milliseconds, stop: () => restore.forEach((undo) => undo()) };
}
