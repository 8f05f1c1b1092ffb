import { full, gradientsOf, Tensor, type Updates, Variable } from "../autograd/mod.ts";
import {
  add,
  checkOptions,
  formatFound,
  gradient,
  GraphError,
  LABEL,
  type Node,
  oneOf,
  optional,
  positiveNumber,
  print,
} from "../graph/mod.ts";
import { checkLoss } from "./_arguments.ts";
import { Optimizer } from "./optimizer.ts";

/** Options for `GradientAccumulator`. */
export interface GradientAccumulatorOptions {
  /**
   * "mean" (default): the step follows the mean gradient of the micro-batches, weighted by their
   * `weight`, as if they were one batch. "sum": it follows the sum, as in PyTorch.
   */
  readonly reduction?: "mean" | "sum";
}

/** Options for `GradientAccumulator.accumulate`. */
export interface AccumulateOptions {
  /** Weight of the micro-batch, such as its number of samples. Default: 1. */
  readonly weight?: number;
}

/**
 * Sums gradients of several micro-batches for one step of an optimizer: PyTorch's loop of
 * `backward()` and then `step()` and `zero_grad()`. It takes two compiled functions, one that
 * accumulates and one that applies. Compile the one that accumulates first.
 *
 * Layers see micro-batches: batch normalization normalizes by, and records, the statistics of each.
 * Pass `counter` to the layers, so that dropout draws again for each.
 *
 * Passes such as G-SGD belong to the function that applies. Gradients are accumulated in weight
 * space, where weights stand still; the step in G-space is that of the whole batch.
 *
 * @example Two micro-batches of two samples, and one step
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * using backend = await gs.openBackend("cpu");
 * using w = new gs.Parameter("w", { dtype: "f32", shape: [] }, () => Float32Array.of(1));
 * using optimizer = new gs.Optimizer([w], gs.sgd({ learningRate: 0.5 }));
 * using accumulator = new gs.GradientAccumulator(optimizer);
 * using accumulate = await gs.compile({ x: gs.f32([2]) }, ({ x }) => {
 *   const loss = x.mul(w).mean();
 *   return { outputs: { loss }, updates: accumulator.accumulate(loss) };
 * }, { backend });
 * using apply = await gs.compile({}, () => ({ updates: accumulator.apply() }), { backend });
 *
 * accumulate.run({ x: Float32Array.of(1, 2) });
 * accumulate.run({ x: Float32Array.of(3, 4) });
 * apply.run(); // the mean gradient is 2.5
 * assertEquals(await w.item(), -0.25);
 * ```
 */
export class GradientAccumulator implements Disposable {
  /** The optimizer that `apply` runs a step of. */
  readonly optimizer: Optimizer;
  /** i32[]: number of micro-batches that were ever accumulated. */
  readonly counter: Variable;
  readonly #reduction: "mean" | "sum";
  /** In the order of the optimizer's parameters: weighted sums of the gradients. */
  readonly sums: readonly Variable[];
  /** f32[]: the sum of the weights. */
  readonly #weight: Variable;
  /** Of each network that was traced, by its print: tracing it again changes nothing. */
  readonly #losses = new Map<string, Node>();

  /** Makes the sums, all zeros. */
  constructor(optimizer: Optimizer, options: GradientAccumulatorOptions = {}) {
    if (!(optimizer instanceof Optimizer)) {
      throw new TypeError(
        `Cannot accumulate gradients: it needs an Optimizer: current is ${formatFound(optimizer)}`,
      );
    }
    checkOptions("accumulate gradients", options, { reduction: optional(oneOf(["mean", "sum"])) });
    this.optimizer = optimizer;
    this.#reduction = options.reduction ?? "mean";
    this.counter = new Variable("accumulated.counter", { dtype: "i32", shape: [] });
    this.#weight = new Variable("accumulated.weight", { dtype: "f32", shape: [] });
    this.sums = optimizer.parameters.map(({ name, type }) =>
      new Variable(`${name}.accumulated`, type)
    );
  }

  /** The sums and counters, by name: what a checkpoint between two steps holds. */
  state(): ReadonlyMap<string, Variable> {
    const all = [this.counter, this.#weight, ...this.sums];
    return new Map(all.map((variable) => [variable.name, variable]));
  }

  /**
   * Adds the gradients of a micro-batch's loss to the sums. May be called for several compiled
   * functions, such as for micro-batches of different sizes.
   *
   * @returns the next values of the sums, for `updates`
   * @throws {ShapeError} if the loss is not a scalar
   * @throws {GraphError} if it depends on no parameter of the optimizer
   * @throws {RangeError} if the weight is not a positive number
   */
  accumulate(loss: Tensor, options: AccumulateOptions = {}): Updates {
    checkLoss("accumulate gradients of", loss, this.optimizer.parameters);
    checkOptions("accumulate gradients", options, { weight: optional(positiveNumber) });
    const { weight = 1 } = options;
    const gradients = gradientsOf(loss, this.optimizer.parameters);
    this.#losses.set(print({ outputs: [loss.node], updates: new Map() }), loss.node);
    const sums = gradients.map((gradient, i): [Variable, Tensor] => {
      return [this.sums[i]!, this.sums[i]!.add(gradient.mul(weight))];
    });
    return new Map<Variable, Tensor>([
      [this.counter, this.counter.add(1)],
      [this.#weight, this.#weight.add(weight)],
      ...sums,
    ]);
  }

  /**
   * The gradients of the whole batch, in the order of the optimizer's parameters; zeros if nothing
   * was accumulated. To change them before the step, pass your own to `optimizer.apply`, and add
   * the updates of `reset`.
   *
   * @throws {GraphError} before `accumulate` was called
   */
  gradients(): Tensor[] {
    const losses = [...this.#losses.values()];
    if (losses.length === 0) {
      throw new GraphError(
        "Cannot apply accumulated gradients: accumulate(loss) must be called before: compile the " +
          "function that accumulates first",
      );
    }
    const loss = losses.reduce((sum, loss) => add(sum, loss));
    const total = this.#weight.equal(0).cast("f32").add(this.#weight);
    return this.optimizer.parameters.map(({ name, node }, i) => {
      const sum = this.sums[i]!;
      const value = this.#reduction === "sum" ? sum : sum.div(total);
      // the marker keeps the network within reach of passes
      return new Tensor(LABEL.set(gradient(value.node, node, loss), `d(${name})`));
    });
  }

  /** One step of the optimizer with the accumulated gradients; then the sums begin again at 0. */
  apply(): Updates {
    return new Map([...this.optimizer.apply(this.gradients()), ...this.reset()]);
  }

  /** The updates that set the sums to 0. */
  reset(): Updates {
    return new Map([this.#weight, ...this.sums].map((sum) => [sum, full(0, sum.type.shape)]));
  }

  /** Frees the device memory of the sums, but not that of the optimizer. */
  [Symbol.dispose](): void {
    for (const variable of this.state().values()) variable[Symbol.dispose]();
  }
}
