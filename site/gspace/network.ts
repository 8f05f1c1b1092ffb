/**
 * The network of the G-space page: f(x) of one number, with inputs x and 1, three hidden ReLU units,
 * and no biases. All numbers on the page come from this class, and it gets them from the library.
 */
import {
  type Backend,
  compile,
  initialize,
  initializeSkeleton,
  Linear,
  mse,
  Optimizer,
  pathValues,
  planGsgd,
  ReLU,
  Sequential,
  sgd,
  type Tensor,
  tensor,
  trace,
} from "../../mod.ts";
import { offsetOf, rescaleWeights } from "../../optim/gsgd/skeleton/host_weights.ts";

/** What updates the weights. */
export type OptimizerName = "sgd" | "gsgd";

/** How a weight takes part in G-SGD. */
export type EdgeClass = "free" | "trained" | "plain";

/** A weight between two units, counted from 0 in their layers. */
export interface Edge {
  /** 0: from the inputs to the hidden units; 1: from there to the output. */
  readonly layer: 0 | 1;
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeClass;
  /** Index in the values of the layer. */
  readonly offset: number;
}

/** A basis path: a weight into a hidden unit, and the free weight out of it. */
export type Path = readonly Edge[];

/** The weights of both layers. */
export type Weights = readonly [Float32Array, Float32Array];

/** Inputs: x, and the constant 1. */
const INPUTS = 2;
/** Number of hidden units. */
export const HIDDEN = 3;
/** Step size of both optimizers. */
const LEARNING_RATE = 0.05;

/** Names of the weights, in the order of `Weights`. */
const NAMES = ["0.weight", "2.weight"] as const;
/**
 * Of the initial weights: one with which all units are active at some samples. Rescaling a unit that
 * is always 0 would change nothing for any optimizer.
 */
const SEED = 11;

/** Where f is drawn. */
export const grid: readonly number[] = Array.from({ length: 121 }, (_, i) => -1.5 + i / 40);

/** The points that training fits. */
export const samples: readonly { readonly x: number; readonly y: number }[] = Array.from(
  { length: 13 },
  (_, i) => ({ x: -1.5 + i / 4, y: 0.9 * Math.sin(2 * (-1.5 + i / 4)) }),
);

/** One row [x, 1] for each number. */
function rowsOf(xs: readonly number[]): Tensor {
  return tensor(xs.map((x) => [x, 1]));
}

/** A network that can be evaluated and trained, and whose weights can be set. */
export class Network implements Disposable {
  /** All weights, in the order in which they are drawn. */
  readonly edges: readonly Edge[];
  /** One path for each weight that is not free, in the order of `edges`. */
  readonly paths: readonly Path[];
  readonly #model: Sequential;
  readonly #optimizer: Optimizer;
  readonly #plan: ReturnType<typeof planGsgd>;
  readonly #initial: Weights;
  readonly #train: Awaited<ReturnType<typeof compileStep>>;
  readonly #predict: Awaited<ReturnType<typeof compilePrediction>>;

  private constructor(parts: Parts) {
    this.#model = parts.model;
    this.#optimizer = parts.optimizer;
    this.#plan = parts.plan;
    this.#initial = parts.initial;
    this.#train = parts.train;
    this.#predict = parts.predict;
    this.edges = edgesOf(parts.plan);
    this.paths = this.edges.filter(({ kind }) => kind !== "free")
      .map((
        into,
      ) => [
        into,
        ...this.edges.filter(({ layer, from }) => layer > into.layer && from === into.to),
      ]);
  }

  /** Compiles the network, with its initial weights: skeleton weights are 1 or −1. */
  static async create(backend: Backend, name: OptimizerName): Promise<Network> {
    const layers = [
      new Linear(INPUTS, HIDDEN, { bias: false }),
      new ReLU(),
      new Linear(HIDDEN, 1, { bias: false }),
    ];
    const model = initialize(new Sequential(layers), { seed: SEED });
    const optimizer = new Optimizer(model.parameters(), sgd({ learningRate: LEARNING_RATE }));
    const traced = traceStep(model, optimizer);
    const plan = planGsgd(traced.graph, { strict: true });
    initializeSkeleton(plan, model.parameters(), "one", { signSeed: SEED });
    const initial = weightsOf(model.parameters().map((each) => each.hostValue()));
    const train = await compileStep(traced, backend, name === "gsgd" ? [plan.apply] : []);
    const predict = await compilePrediction(model, backend);
    return new Network({ model, optimizer, plan, initial, train, predict });
  }

  /** The initial weights, or those of the same function with one unit multiplied by c. */
  rescaled(unit: number, c: number): Weights {
    const parameters = this.#model.parameters();
    const { tensors } = this.#plan.skeleton;
    const copies: Weights = [this.#initial[0].slice(), this.#initial[1].slice()];
    const weights = new Map(tensors.map(({ weight }) => {
      const i = parameters.findIndex(({ node }) => node === weight);
      return [weight, { variable: parameters[i]!, data: copies[i]! }];
    }));
    // node 0 is the ground, and the hidden units follow
    const factors = Array.from({ length: HIDDEN + 1 }, (_, node) => node === unit + 1 ? c : 1);
    rescaleWeights(this.#plan.skeleton, weights, factors);
    return copies;
  }

  /** Sets the weights. */
  assign(weights: Weights): void {
    this.#model.parameters().forEach((parameter, i) => parameter.assign(weights[i]!));
  }

  /** The current weights. */
  async weights(): Promise<Weights> {
    return weightsOf(await Promise.all(this.#model.parameters().map((each) => each.data())));
  }

  /** f(x) at the points of `grid`. */
  async outputs(): Promise<Float32Array> {
    this.#predict.run();
    return Float32Array.from((await this.#predict.read()).f);
  }

  /** The values of `paths`. */
  pathValues(weights: Weights): readonly number[] {
    const values = pathValues(this.#plan, new Map(NAMES.map((name, i) => [name, weights[i]!])));
    return this.paths.map(([into]) => values.get(NAMES[into!.layer])![into!.offset]!);
  }

  /** Runs training steps, on all samples at once, and returns the loss before the last of them. */
  async train(steps: number): Promise<number> {
    for (let i = 0; i < steps; i++) this.#train.run();
    return (await this.#train.read()).loss[0]!;
  }

  /** Frees the memory. */
  [Symbol.dispose](): void {
    for (const owner of [this.#train, this.#predict, this.#optimizer, this.#model]) {
      owner[Symbol.dispose]();
    }
  }
}

interface Parts {
  readonly model: Sequential;
  readonly optimizer: Optimizer;
  readonly plan: ReturnType<typeof planGsgd>;
  readonly initial: Weights;
  readonly train: Awaited<ReturnType<typeof compileStep>>;
  readonly predict: Awaited<ReturnType<typeof compilePrediction>>;
}

function traceStep(model: Sequential, optimizer: Optimizer) {
  return trace({}, () => {
    const loss = mse(
      model.forward(rowsOf(samples.map(({ x }) => x))),
      tensor(samples.map(({ y }) => [y])),
    );
    return { outputs: { loss }, updates: optimizer.minimize(loss) };
  });
}

function compileStep(
  traced: ReturnType<typeof traceStep>,
  backend: Backend,
  passes: readonly ReturnType<typeof planGsgd>["apply"][],
) {
  return compile(traced, { backend, passes });
}

function compilePrediction(model: Sequential, backend: Backend) {
  return compile({}, () => ({ outputs: { f: model.forward(rowsOf(grid)) } }), { backend });
}

function weightsOf(values: readonly unknown[]): Weights {
  const [first, second] = values;
  if (first instanceof Float32Array && second instanceof Float32Array) return [first, second];
  throw new Error("Internal: the network has two weights of f32");
}

function edgesOf({ skeleton }: ReturnType<typeof planGsgd>): readonly Edge[] {
  const isAmong = (which: "inEdge" | "outEdge", layer: 0 | 1, offset: number) =>
    skeleton.nodes.some((node) =>
      node[which].weight === skeleton.tensors[layer]!.weight && offsetOf(node[which]) === offset
    );
  const edgesIn = (layer: 0 | 1, inputs: number, outputs: number): readonly Edge[] =>
    Array.from({ length: inputs * outputs }, (_, offset) => ({
      layer,
      from: offset % inputs,
      to: Math.floor(offset / inputs),
      kind: isAmong("outEdge", layer, offset)
        ? "free"
        : isAmong("inEdge", layer, offset)
        ? "trained"
        : "plain",
      offset,
    }));
  return [...edgesIn(0, INPUTS, HIDDEN), ...edgesIn(1, HIDDEN, 1)];
}
