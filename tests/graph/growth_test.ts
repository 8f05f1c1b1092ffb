import { assert } from "@std/assert";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { tableOf } from "../gpu/_plans.ts";
import { printLaunches } from "../../gpu/launch.ts";
import { stagePlan } from "../../gpu/stages.ts";
import * as g from "../../graph/mod.ts";
import {
  adam,
  Conv2d,
  crossEntropy,
  f32,
  type ForwardContext,
  GlobalAvgPool2d,
  i32,
  initialize,
  Linear,
  Module,
  mse,
  Optimizer,
  Parameter,
  ReLU,
  ResNet,
  Sequential,
  sgd,
  type Tensor,
  trace,
  type Variable,
} from "../../mod.ts";
import { gsgd } from "../../optim/gsgd/mod.ts";
import { pathSgd } from "../../optim/path_sgd/mod.ts";
import { countWork } from "../support/count_work.ts";

/** As on a GPU: few slots per dispatch, and reductions in two stages. */
const limits: g.Limits = {
  slotsPerDispatch: 32,
  bytesPerSlot: 2 ** 30,
  longRow: 1024,
  parallelRows: 256,
};

function chain(length: number): g.Graph {
  const x = g.input("x", { dtype: "f32", shape: [4, 4] });
  let y: g.Node = x;
  for (let i = 0; i < length; i++) y = g.matmul(y, x);
  return { outputs: [y], updates: new Map() };
}

function step(model: Module, image: readonly number[], transform = sgd({ learningRate: 0.1 })) {
  initialize(model, { seed: 1 });
  const optimizer = new Optimizer(model.parameters(), transform);
  return trace({ x: f32([8, ...image]), y: i32([8]) }, ({ x, y }) => {
    const statistics = new Map<Variable, Tensor>();
    const record = (variable: Variable, next: Tensor) => void statistics.set(variable, next);
    const loss = crossEntropy(model.forward(x, { training: true, record }), y);
    return { outputs: { loss }, updates: new Map([...optimizer.minimize(loss), ...statistics]) };
  }).graph;
}

function layers(depth: number): Sequential {
  return new Sequential(Array.from({ length: depth }, () => [new Linear(8, 8), new ReLU()]).flat());
}

/** Residual blocks without normalization, all of them in one stage. */
class Residual extends Module {
  readonly first = new Conv2d(3, 4, 3, { padding: 1 });
  readonly blocks: readonly Module[];
  readonly last = new Sequential([new GlobalAvgPool2d(), new Linear(4, 8)]);

  constructor(blocks: number) {
    super();
    const conv = () => new Conv2d(4, 4, 3, { padding: 1 });
    this.blocks = Array.from(
      { length: blocks },
      () => new Sequential([conv(), new ReLU(), conv()]),
    );
  }

  override forward(x: Tensor, context: ForwardContext): Tensor {
    let state = this.first.forward(x).relu();
    for (const block of this.blocks) state = state.add(block.forward(state, context)).relu();
    return this.last.forward(state, context);
  }
}

/** Steps of a recurrence in time with gates, as in an LSTM. */
function recurrent(steps: number): g.Graph {
  const parameter = (name: string, shape: readonly number[]) => new Parameter(name, f32(shape));
  const [input, weight, bias] = [
    parameter("input", [4, 16]),
    parameter("weight", [8, 16]),
    parameter("bias", [16]),
  ] as const;
  const optimizer = new Optimizer([input, weight, bias], sgd({ learningRate: 0.1 }));
  const types = { x: f32([steps, 3, 4]), start: f32([3, 8]) };
  return trace(types, ({ x, start }) => {
    let [state, memory] = [start, start];
    for (let i = 0; i < steps; i++) {
      const now = x.slice([i, 0, 0], [1, 3, 4]).reshape([3, 4]);
      const gates = now.matmul(input).add(state.matmul(weight)).add(bias);
      const keep = gates.slice([0, 0], [3, 8]).sigmoid();
      memory = keep.mul(memory).add(gates.slice([0, 8], [3, 8]).tanh());
      state = keep.mul(memory.tanh());
    }
    const loss = mse(state, start);
    return { outputs: { loss }, updates: optimizer.minimize(loss) };
  }).graph;
}

type Four<T> = [T, T, T, T];

/** Blocks of self-attention with one head, normalization, and a residual connection. */
function attention(depth: number): g.Graph {
  const [tokens, width] = [6, 8];
  const weights = Array.from(
    { length: 4 * depth },
    (_, i) => new Parameter(`weight ${i}`, f32([width, width])),
  );
  const optimizer = new Optimizer(weights, adam({ learningRate: 0.1 }));
  return trace({ x: f32([tokens, width]) }, ({ x }) => {
    let state = x;
    for (let i = 0; i < depth; i++) {
      const [q, k, v, w] = [0, 1, 2, 3].map((k) => weights[4 * i + k]!) as Four<Parameter>;
      const normal = state.sub(state.mean([1], true));
      const scores = normal.matmul(q).matmul(normal.matmul(k).transpose()).softmax(1);
      state = state.add(scores.matmul(normal.matmul(v)).matmul(w).relu());
    }
    const loss = mse(state, x);
    return { outputs: { loss }, updates: optimizer.minimize(loss) };
  }).graph;
}

/** From a model to the text of its shaders, without a device. */
function compileFor(graphOf: () => g.Graph): void {
  const table = tableOf(adapterTable.nvidia);
  const { plan } = g.lower(graphOf(), limits, "growth");
  g.verifyPlan(plan);
  const { slots, dispatches } = stagePlan(plan, table);
  const options = { slots, table, maxSlots: 32, maxWorkgroupBytes: 32_768 };
  dispatches.forEach((dispatch) => printLaunches(dispatch, options));
}

interface Family {
  readonly name: string;
  readonly depth: number;
  readonly graphOf: (depth: number) => g.Graph;
}

const residual = (blocks: number) => new ResNet(6 * blocks + 2);
const image = [3, 8, 8];

const families: readonly Family[] = [
  { name: "a chain of products", depth: 200, graphOf: chain },
  { name: "linear layers", depth: 32, graphOf: (depth) => step(layers(depth), [8]) },
  {
    name: "linear layers with Adam",
    depth: 32,
    graphOf: (depth) => step(layers(depth), [8], adam({ learningRate: 0.1 })),
  },
  {
    name: "linear layers with G-SGD",
    depth: 20,
    graphOf: (depth) => gsgd()(step(layers(depth), [8])),
  },
  {
    name: "linear layers with Path-SGD",
    depth: 20,
    graphOf: (depth) => pathSgd()(step(layers(depth), [8])),
  },
  { name: "a residual network", depth: 4, graphOf: (blocks) => step(residual(blocks), image) },
  {
    name: "a residual network with Adam",
    depth: 3,
    graphOf: (blocks) => step(residual(blocks), image, adam({ learningRate: 0.1 })),
  },
  {
    name: "a residual network with G-SGD",
    depth: 3,
    graphOf: (blocks) => gsgd()(step(residual(blocks), image)),
  },
  {
    name: "residual blocks of one stage with G-SGD",
    depth: 12,
    graphOf: (blocks) => gsgd()(step(new Residual(blocks), [3, 4, 4])),
  },
  { name: "a recurrent network", depth: 25, graphOf: recurrent },
  { name: "blocks of attention with Adam", depth: 8, graphOf: attention },
];

/** Most work for twice the depth, in terms of the work for the depth. */
const GROWTH = 2.2;

for (const { name, depth, graphOf } of families) {
  Deno.test(`compiling ${name} of twice the depth takes ${GROWTH} times the work, or less`, () => {
    const [once, twice] = [depth, 2 * depth].map((size) =>
      countWork(() => compileFor(() => graphOf(size)))
    ) as [number, number];
    assert(
      twice <= GROWTH * once,
      `${once} operations, then ${twice}: ${twice / once} times as many`,
    );
  });
}
