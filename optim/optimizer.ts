import { gradientsOf, type Parameter, Tensor, type Updates, Variable } from "../autograd/mod.ts";
import { applyUpdate, formatFound, gradient, GraphError, LABEL } from "../graph/mod.ts";
import { checkParameters } from "./_arguments.ts";
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
  /** What is trained. */
  readonly parameters: readonly Parameter[];
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
    if (parameters.length === 0) {
      throw new GraphError(
        "Cannot make an optimizer: there must be a parameter to train: the current list is empty",
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
    this.parameters = [...parameters];
    this.transform = transform;
    this.step = new Variable("step", { dtype: "i32", shape: [] });
    this.#slots = parameters.map((parameter) =>
      transform.slots(parameter.type).map(({ name, type }) =>
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
   *
   * @throws {ShapeError} if the loss is not a scalar
   */
  minimize(loss: Tensor): Updates {
    if (!(loss instanceof Tensor)) {
      throw new TypeError(
        `Cannot minimize ${formatFound(loss)}: the loss must be a Tensor, an f32[]`,
      );
    }
    const grads = gradientsOf(loss, this.parameters);
    const inputs = this.parameters.map(({ name, node }, i) => ({
      // the markers tell passes what is a gradient, of what, and where it is applied
      update: LABEL.set(gradient(grads[i]!.node, node, loss.node), `d(${name})`),
      parameter: node,
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
