import { assert } from "@std/assert";
import * as g from "../../graph/mod.ts";
import {
  adam,
  crossEntropy,
  f32,
  i32,
  initialize,
  Linear,
  type Module,
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

interface Family {
  readonly name: string;
  readonly depth: number;
  readonly graphOf: (depth: number) => g.Graph;
  /** Most work for twice the depth, in terms of the work for the depth. */
  readonly growth: number;
}

const families: readonly Family[] = [
  { name: "a chain of products", depth: 200, growth: 2.1, graphOf: chain },
  { name: "linear layers", depth: 32, growth: 2.2, graphOf: (depth) => step(layers(depth), [8]) },
  {
    name: "a residual network",
    depth: 4,
    growth: 2.2,
    graphOf: (blocks) => step(new ResNet(6 * blocks + 2), [3, 8, 8]),
  },
  // Kernels that read the same values are compared in pairs: here they all read the step's number,
  // or the bias; and each temporary is compared with the buffers in use.
  {
    name: "linear layers with Adam",
    depth: 20,
    growth: 2.5,
    graphOf: (depth) => step(layers(depth), [8], adam({ learningRate: 0.1 })),
  },
  { name: "a recurrent network", depth: 25, growth: 2.5, graphOf: recurrent },
];

for (const { name, depth, growth, graphOf } of families) {
  Deno.test(`lower() does ${growth} times the work for ${name} of twice the depth, or less`, () => {
    const [once, twice] = [depth, 2 * depth].map((size) => {
      const graph = graphOf(size);
      return countWork(() => g.lower(graph, limits, name));
    }) as [number, number];
    assert(twice <= growth * once, `${once} operations, then ${twice}`);
  });
}
