import type { Parameter } from "../autograd/mod.ts";
import { formatFound, type Node, type TensorType } from "../graph/mod.ts";

/** A variable that a transform keeps for one parameter; all start at zero. */
export interface StateSlot {
  /** Ends the variable's name: `momentum` becomes `0.weight.momentum`. */
  readonly name: string;
  /** Element type and shape of the variable. */
  readonly type: TensorType;
}

/** What a transform receives for one parameter. */
export interface TransformInput {
  /** The gradient, or what the transforms before made of it. */
  readonly update: Node;
  /** The parameter's current value. */
  readonly parameter: Node;
  /** Current values of the slots that the transform asked for, in its order. */
  readonly slots: readonly Node[];
}

/** What a transform gives back for one parameter. */
export interface TransformResult {
  /** What the stage makes of the update. */
  readonly update: Node;
  /** Next values of the slots. */
  readonly slots: readonly Node[];
}

/** What a transform may use besides the parameters. */
export interface TransformContext {
  /** i32[]: number of steps done before this one. */
  readonly step: Node;
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

/** A transform that treats each parameter by itself. */
export function perParameter(
  name: string,
  apply: (input: TransformInput, context: TransformContext) => Node | TransformResult,
  slotNames: readonly string[] = [],
): GradientTransform {
  if (typeof apply !== "function") {
    throw new TypeError(
      `Cannot make a transform: perParameter(name, apply) needs a function: current apply is ${
        formatFound(apply)
      }`,
    );
  }
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
