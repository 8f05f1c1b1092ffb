import { gradientsOf, type Parameter, Tensor, type Updates, Variable } from "../autograd/mod.ts";
import { applyUpdate, GraphError, LABEL } from "../graph/mod.ts";
import { checkLoss, checkParameters } from "./_arguments.ts";
import { type Gradients, gradientsInOrder } from "./gradients.ts";
import { checkTransform, type GradientTransform, type TransformResult } from "./transform.ts";

/**
 * A gradient transform with the state that it keeps for some parameters.
 *
 * @example One step of SGD on a quadratic
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compile, openBackend, Optimizer, Parameter, sgd } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * using x = new Parameter("x", { dtype: "f32", shape: [2] }, () => Float32Array.of(1, -2));
 * using optimizer = new Optimizer([x], sgd({ learningRate: 0.25 }));
 * using step = await compile({}, () => ({ updates: optimizer.minimize(x.square().sum()) }), { backend });
 * step.run();
 * assertEquals([...await x.data()], [0.5, -1]);
 * ```
 */
export class Optimizer implements Disposable {
  /** What is trained: what it was made for, without what the transform freezes. */
  readonly parameters: readonly Parameter[];
  /** What the transform freezes (see `parameterGroups`). */
  readonly frozen: readonly Parameter[];
  /** How. */
  readonly transform: GradientTransform;
  /** i32[]: number of steps done. */
  readonly step: Variable;
  readonly #slots: readonly (readonly Variable[])[];

  /**
   * Makes the state, all zeros, for parameters with different names.
   * @throws {GraphError} if two names are equal, or there is nothing to train
   */
  constructor(parameters: readonly Parameter[], transform: GradientTransform) {
    checkParameters("make an optimizer", parameters);
    checkTransform("make an optimizer", transform);
    const trained = transform.trainable?.(parameters) ?? parameters;
    if (trained.length === 0) {
      throw new GraphError(
        "Cannot make an optimizer: there must be a parameter to train: " +
          (parameters.length === 0 ? "the current list is empty" : "all are frozen"),
      );
    }
    const names = parameters.map(({ name }) => name);
    const again = names.filter((name, i) => names.indexOf(name) !== i);
    if (again.length > 0) {
      throw new GraphError(
        "Cannot make an optimizer: parameters must have different names: current names are " +
          `${names.join(", ")}, where there is more than one of ${
            [...new Set(again)].join(", ")
          }: a ` +
          "module's parameterSpecs() names parameters by their path; two models need an optimizer each",
      );
    }
    this.parameters = [...trained];
    this.frozen = parameters.filter((parameter) => !this.parameters.includes(parameter));
    this.transform = transform;
    this.step = new Variable("step", { dtype: "i32", shape: [] });
    this.#slots = this.parameters.map((parameter) =>
      transform.slots(parameter.type, parameter.node).map(({ name, type }) =>
        new Variable(`${parameter.name}.${name}`, type)
      )
    );
  }

  /** The step counter and all slots, by name (`0.weight.momentum`): what a checkpoint holds. */
  state(): ReadonlyMap<string, Variable> {
    return new Map([this.step, ...this.#slots.flat()].map((variable) => [variable.name, variable]));
  }

  /**
   * One step downhill: the next values of the parameters, of the state and of the step
   * counter. May be called for several compiled functions, which then share the state.
   * Equals `apply(gradientsOf(loss, optimizer.parameters))`.
   *
   * @throws {ShapeError} if the loss is not a scalar
   * @throws {GraphError} if it depends on none of `parameters`
   */
  minimize(loss: Tensor): Updates {
    checkLoss("minimize", loss, this.parameters);
    return this.apply(gradientsOf(loss, this.parameters));
  }

  /**
   * One step with gradients that you computed: clipped, averaged, projected, or received. The
   * transform gets them as they are.
   *
   * Under G-SGD, what you do to the results of `gradientsOf` acts on the gradients of path values,
   * like the transform.
   *
   * @param gradients one f32 tensor of the parameter's shape for each parameter: a list in the
   *   order of `parameters`, or a map
   * @throws {GraphError} if a gradient is missing, or one is not of a trained parameter
   * @throws {ShapeError} if a gradient does not have the type of its parameter
   *
   * @example Two losses, and gradients of limited size
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import * as gs from "@gspace/gspace";
   *
   * using backend = await gs.openBackend("cpu");
   * using w = new gs.Parameter("w", { dtype: "f32", shape: [2] }, () => Float32Array.of(4, -1));
   * using optimizer = new gs.Optimizer([w], gs.sgd({ learningRate: 1 }));
   * using step = await gs.compile({}, () => {
   *   const [first] = gs.gradientsOf(w.square().sum(), [w]); // [8, -2]
   *   const [second] = gs.gradientsOf(w.sum(), [w]); // [1, 1]
   *   return { updates: optimizer.apply([first!.clamp(-1, 1).add(second!)]) };
   * }, { backend });
   * step.run();
   * assertEquals([...await w.data()], [2, -1]);
   * ```
   */
  apply(gradients: Gradients): Updates {
    const inputs = gradientsInOrder(this, gradients).map((update, i) => ({
      update,
      parameter: this.parameters[i]!.node,
      slots: this.#slots[i]!.map((slot) => slot.node),
    }));
    const results = this.transform.apply(inputs, { step: this.step.node });
    this.#checkResults(results);
    const updates = new Map<Variable, Tensor>([[this.step, this.step.add(1)]]);
    results.forEach(({ update, slots }, i) => {
      const parameter = this.parameters[i]!;
      const next = LABEL.set(applyUpdate(parameter.node, update), parameter.name);
      updates.set(parameter, new Tensor(next));
      slots.forEach((slot, k) => updates.set(this.#slots[i]![k]!, new Tensor(slot)));
    });
    return updates;
  }

  /** A parameter or a slot that a transform forgot would stay as it is in silence. */
  #checkResults(results: readonly TransformResult[]): void {
    const wanted = this.#slots.map(({ length }) => length);
    const given = results.map(({ slots }) => slots.length);
    if (wanted.join() === given.join()) return;
    throw new GraphError(
      `Cannot use the transform "${this.transform.name}": its numbers of next slots must be ` +
        `[${wanted.join(", ")}], one for each parameter: current numbers are [${given.join(", ")}]`,
    );
  }

  /** Frees the state's device memory; the parameters live on. */
  [Symbol.dispose](): void {
    for (const variable of this.state().values()) variable[Symbol.dispose]();
  }
}
