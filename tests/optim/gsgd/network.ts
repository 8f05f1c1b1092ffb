/** Small networks for the tests of G-SGD, written op by op. */
import { Parameter, Tensor, type Updates, Variable } from "../../../autograd/mod.ts";
import {
  conv2d,
  type Conv2dOptions,
  elementCount,
  type Graph,
  type Node,
  normalize,
  type Shape,
  squaredError,
} from "../../../graph/mod.ts";
import type { Module } from "../../../layers/mod.ts";
import { type GradientTransform, Optimizer, sgd } from "../../../optim/mod.ts";

/** Numbers in (−1, 1) from a seed: a linear congruential generator [Numerical Recipes]. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  for (let warm = 0; warm < 4; warm++) state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** How a convolution is made: kernel size 3 and no bias unless told. */
export interface ConvOptions extends Conv2dOptions {
  readonly kernel?: number;
  readonly bias?: boolean;
}

/** Collects the parameters and data of a network that is being written down. */
export class NetworkBuilder {
  readonly parameters: Parameter[] = [];
  readonly variables: Variable[] = [];
  readonly bindings = new Map<Node, Float64Array>();
  readonly random: () => number;
  /** Are the weights of linear layers divided by √inputs? */
  readonly #isDamped: boolean;

  constructor(seed = 1, isDamped = false) {
    this.random = randomNumbers(seed);
    this.#isDamped = isDamped;
  }

  /** Data of random numbers, in a variable that nothing updates. */
  data(shape: Shape, name = "x"): Tensor {
    const numbers = this.#numbers(shape, 1);
    const variable = new Variable(name, { dtype: "f32", shape }, () => Float32Array.from(numbers));
    this.variables.push(variable);
    this.bindings.set(variable.node, numbers);
    return variable;
  }

  /** A parameter with random numbers of both signs. */
  parameter(name: string, shape: Shape, size = 1): Parameter {
    const data = this.#numbers(shape, size);
    const parameter = new Parameter(
      name,
      { dtype: "f32", shape },
      () => Float32Array.from(data),
    );
    this.parameters.push(parameter);
    this.bindings.set(parameter.node, data);
    return parameter;
  }

  /** x · Wᵀ (+ b) with W [outputs, inputs]. */
  linear(x: Tensor, outputs: number, name: string, { bias = false } = {}): Tensor {
    const inputs = x.shape.at(-1)!;
    const size = this.#isDamped ? 1 / Math.sqrt(inputs) : 1;
    const weight = this.parameter(`${name}.weight`, [outputs, inputs], size);
    const product = x.matmul(weight.transpose());
    return bias ? product.add(this.parameter(`${name}.bias`, [outputs])) : product;
  }

  /** A convolution of [n, c, h, w] with a square kernel. */
  conv(
    x: Tensor,
    outputs: number,
    name: string,
    { kernel = 3, bias = false, ...options }: ConvOptions = {},
  ): Tensor {
    const inputs = x.shape[1]! / (options.groups ?? 1);
    const size = this.#isDamped ? 1 / Math.sqrt(inputs * kernel * kernel) : 1;
    const weight = this.parameter(`${name}.weight`, [outputs, inputs, kernel, kernel], size);
    const product = new Tensor(conv2d(x.node, weight.node, options));
    if (!bias) return product;
    return product.add(this.parameter(`${name}.bias`, [outputs]).reshape([outputs, 1, 1]));
  }

  /** Batch normalisation of [n, c, …], by statistics of the batch or by given ones. */
  batchNorm(x: Tensor, name: string, { frozen = false } = {}): Tensor {
    const channels = x.shape[1]!;
    const axes = [...x.shape.keys()].filter((axis) => axis !== 1);
    const perChannel = [channels, ...axes.slice(1).map(() => 1)];
    const mean = frozen ? this.data([channels], `${name}.mean`) : x.mean(axes);
    const variance = frozen
      ? this.data([channels], `${name}.variance`).square()
      : x.sub(mean.reshape(perChannel)).square().mean(axes);
    const scale = variance.add(1e-5).sqrt().pow(-1);
    return new Tensor(normalize(x.node, mean.node, scale.node))
      .mul(this.parameter(`${name}.weight`, [channels]).reshape(perChannel))
      .add(this.parameter(`${name}.bias`, [channels]).reshape(perChannel));
  }

  /** A layer of the library, with random parameters. */
  layer(module: Module, x: Tensor, name: string): Tensor {
    module.initializeAt(name, { seed: 1 });
    for (const parameter of module.parameters()) {
      const data = this.#numbers(parameter.shape, 1);
      parameter.assign(Float32Array.from(data));
      this.parameters.push(parameter);
      this.bindings.set(parameter.node, data);
    }
    return module.forward(x);
  }

  /** f32-representable numbers away from 0, so that f32 and f64 runs start equal. */
  #numbers(shape: Shape, size: number): Float64Array {
    return Float64Array.from({ length: elementCount(shape) }, () => {
      const value = this.random();
      return Math.fround(size * (value + Math.sign(value) * 0.2));
    });
  }
}

/** A training step with everything that it needs to run. */
export interface TrainingNetwork extends Disposable {
  readonly graph: Graph;
  /** The same updates, as `compile` takes them. */
  readonly updates: Updates;
  readonly optimizer: Optimizer;
  readonly loss: Node;
  readonly parameters: readonly Parameter[];
  readonly bindings: ReadonlyMap<Node, Float64Array>;
}

/** What a network is trained with, and on how much data. */
export interface NetworkOptions {
  readonly transform?: GradientTransform;
  readonly batch?: number;
  readonly seed?: number;
  /** Divides the weights of linear layers by √inputs, so that long runs stay tame. */
  readonly damped?: boolean;
}

/** A training step of a network: mean squared error to random targets. */
export function network(
  inputs: number,
  write: (x: Tensor, net: NetworkBuilder) => Tensor,
  { transform = sgd({ learningRate: 0.01 }), batch = 5, seed = 1, damped = false }: NetworkOptions =
    {},
): TrainingNetwork {
  const net = new NetworkBuilder(seed, damped);
  const output = write(net.data([batch, inputs]), net);
  const target = net.data(output.shape, "target");
  const loss = new Tensor(squaredError(output.node, target.node)).mean();
  const optimizer = new Optimizer(net.parameters, transform);
  const updates = optimizer.minimize(loss);
  const bindings = new Map(net.bindings);
  for (const { node, size } of optimizer.state().values()) {
    bindings.set(node, new Float64Array(size));
  }
  return {
    graph: {
      outputs: [loss.node, output.node],
      updates: new Map([...updates].map(([key, value]) => [key.node, value.node])),
    },
    updates,
    optimizer,
    loss: loss.node,
    parameters: net.parameters,
    bindings,
    [Symbol.dispose]: () => {
      optimizer[Symbol.dispose]();
      for (const variable of [...net.parameters, ...net.variables]) variable[Symbol.dispose]();
    },
  };
}

/** A network of linear layers with relu between them. */
export function mlp(
  widths: readonly number[],
  { bias = false, ...options }: NetworkOptions & { readonly bias?: boolean } = {},
): TrainingNetwork {
  return network(widths[0]!, (x, net) =>
    widths.slice(1).reduce((value, width, i) => {
      const next = net.linear(value, width, `W${i + 1}`, { bias });
      return i === widths.length - 2 ? next : next.relu();
    }, x), options);
}
