import { type Parameter, Tensor } from "../autograd/mod.ts";
import { formatFound, type Node, type TensorType } from "../graph/mod.ts";

/** A variable that a transform keeps for one parameter; all start at zero. */
export interface StateSlot {
  /** Ends the variable's name: `momentum` becomes `0.weight.momentum`. */
  readonly name: string;
  /** Element type and shape of the variable. */
  readonly type: TensorType;
}

/** What a transform receives for one parameter. */
export interface TransformInput<Value = Node> {
  /** The gradient, or what the transforms before made of it. */
  readonly update: Value;
  /** The parameter's current value. */
  readonly parameter: Value;
  /** Current values of the slots that the transform asked for, in its order. */
  readonly slots: readonly Value[];
}

/** What a transform gives back for one parameter. */
export interface TransformResult<Value = Node> {
  /** What the stage makes of the update. */
  readonly update: Value;
  /** Next values of the slots. */
  readonly slots: readonly Value[];
}

/** What a transform may use besides the parameters. */
export interface TransformContext<Value = Node> {
  /** i32[]: number of steps done before this one. */
  readonly step: Value;
}

/**
 * One stage of an optimizer: a function from the updates of all parameters to others. It
 * adds nodes and computes nothing. The last stage's update is added to the parameter.
 */
export interface GradientTransform {
  /** For messages. */
  readonly name: string;
  /** State for one parameter, given its type and the parameter itself. */
  slots(type: TensorType, parameter: Node): readonly StateSlot[];
  /** The updates of all parameters at once, in order. */
  apply(inputs: readonly TransformInput[], context: TransformContext): readonly TransformResult[];
  /**
   * Those of an optimizer's parameters that are trained; the others are frozen. Throws if the
   * transform cannot be used for these parameters. Default: all of them.
   */
  trainable?(parameters: readonly Parameter[]): readonly Parameter[];
}

/**
 * A transform that treats each parameter by itself. A function with `slots` returns their next
 * values beside the update, each with the shape of the parameter; they start at 0.
 *
 * @throws {TypeError} if the function, or what it returns in a step, is none
 *
 * @example Momentum
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * const momentum = gs.perParameter("momentum", ({ update, slots: [m] }) => {
 *   const next = m!.mul(0.9).add(update);
 *   return { update: next, slots: [next] };
 * }, ["m"]);
 * using w = new gs.Parameter("w", { dtype: "f32", shape: [] }, () => Float32Array.of(4));
 * using optimizer = new gs.Optimizer([w], gs.chain(momentum, gs.scaleByLearningRate(0.5)));
 * assertEquals([...optimizer.state().keys()], ["step", "w.m"]);
 * ```
 */
export function perParameter(
  name: string,
  apply: (
    input: TransformInput<Tensor>,
    context: TransformContext<Tensor>,
  ) => Tensor | TransformResult<Tensor>,
  slotNames: readonly string[] = [],
): GradientTransform {
  if (typeof apply !== "function") {
    throw new TypeError(
      `Cannot make a transform: perParameter(name, apply) needs a function: current apply is ${
        formatFound(apply)
      }`,
    );
  }
  const nodeOf = (value: unknown) => {
    if (value instanceof Tensor) return value.node;
    throw new TypeError(
      `Cannot use the transform "${name}": its function must return a Tensor, or Tensors as ` +
        `{ update, slots }: current is ${formatFound(value)}`,
    );
  };
  return perNode(name, ({ update, parameter, slots }, { step }) => {
    const input = {
      update: new Tensor(update),
      parameter: new Tensor(parameter),
      slots: slots.map((slot) => new Tensor(slot)),
    };
    const result = apply(input, { step: new Tensor(step) });
    return isResult(result)
      ? { update: nodeOf(result.update), slots: result.slots.map(nodeOf) }
      : nodeOf(result);
  }, slotNames);
}

function isResult(result: Tensor | TransformResult<Tensor>): result is TransformResult<Tensor> {
  return !(result instanceof Tensor) && Array.isArray(result?.slots);
}

/** `perParameter` for functions of nodes. */
export function perNode(
  name: string,
  apply: (input: TransformInput, context: TransformContext) => Node | TransformResult,
  slotNames: readonly string[] = [],
): GradientTransform {
  return {
    name,
    slots: (type) => slotNames.map((slot) => ({ name: slot, type })),
    apply: (inputs, context) =>
      inputs.map((input) => {
        const result = apply(input, context);
        return "slots" in result ? result : { update: result, slots: [] };
      }),
  };
}

/** Transforms one after the other. */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform {
  transforms.forEach((transform) => checkTransform("chain transforms", transform));
  return {
    name: transforms.map(({ name }) => name).join(" → "),
    slots: (type, parameter) => transforms.flatMap((transform) => transform.slots(type, parameter)),
    apply: (inputs, context) => applyChain(transforms, inputs, context),
    trainable: (parameters) =>
      transforms.reduce((left, transform) => transform.trainable?.(left) ?? left, parameters),
  };
}

function applyChain(
  transforms: readonly GradientTransform[],
  inputs: readonly TransformInput[],
  context: TransformContext,
): TransformResult[] {
  let updates = inputs.map(({ update }) => update);
  const next: Node[][] = inputs.map(() => []);
  for (const transform of transforms) {
    const results = transform.apply(
      inputs.map(({ parameter, slots }, i) => {
        const start = next[i]!.length;
        const count = transform.slots(parameter.type, parameter).length;
        return { parameter, update: updates[i]!, slots: slots.slice(start, start + count) };
      }),
      context,
    );
    updates = results.map(({ update }) => update);
    results.forEach(({ slots }, i) => next[i]!.push(...slots));
  }
  return updates.map((update, i) => ({ update, slots: next[i]! }));
}

/** Refuses what is no transform: options, or a list of transforms. */
export function checkTransform(action: string, transform: GradientTransform): void {
  if (typeof transform?.apply === "function" && typeof transform.slots === "function") return;
  throw new TypeError(
    `Cannot ${action}: it needs a transform, such as sgd({ learningRate: 0.1 }): current is ` +
      formatFound(transform),
  );
}
