/** Graphs of any depth, most of them training steps. */
import { type Graph, input, matmul, type Node } from "../../graph/mod.ts";
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
  Sequential,
  sgd,
  type Tensor,
  trace,
  type Variable,
} from "../../mod.ts";

/** A chain of matrix products. */
export function chain(length: number): Graph {
  const x = input("x", { dtype: "f32", shape: [4, 4] });
  let y: Node = x;
  for (let i = 0; i < length; i++) y = matmul(y, x);
  return { outputs: [y], updates: new Map() };
}

/** A training step of a classifier on eight samples. */
export function step(
  model: Module,
  image: readonly number[],
  transform = sgd({ learningRate: 0.1 }),
) {
  initialize(model, { seed: 1 });
  const optimizer = new Optimizer(model.parameters(), transform);
  return trace({ x: f32([8, ...image]), y: i32([8]) }, ({ x, y }) => {
    const statistics = new Map<Variable, Tensor>();
    const record = (variable: Variable, next: Tensor) => void statistics.set(variable, next);
    const loss = crossEntropy(model.forward(x, { training: true, record }), y);
    return { outputs: { loss }, updates: new Map([...optimizer.minimize(loss), ...statistics]) };
  }).graph;
}

/** Linear layers of one width with ReLU. */
export function layers(depth: number, width = 8): Sequential {
  const layer = () => [new Linear(width, width), new ReLU()];
  return new Sequential(Array.from({ length: depth }, layer).flat());
}

/** Residual blocks without normalization, all of them in one stage. */
export class Residual extends Module {
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
export function recurrent(steps: number): Graph {
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
export function attention(depth: number): Graph {
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
