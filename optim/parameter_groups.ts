import { type Parameter, variableOf } from "../autograd/mod.ts";
import { formatFound, GraphError, groupBy, labelOf, type Node } from "../graph/mod.ts";
import {
  checkTransform,
  type GradientTransform,
  type TransformContext,
  type TransformInput,
  type TransformResult,
} from "./transform.ts";

/** Parameters that are trained in the same way. */
export interface ParameterGroup {
  /**
   * Which parameters: a list, a test, or "rest" for all that are in no other group. At most one
   * group takes the rest.
   */
  readonly parameters: readonly Parameter[] | ((parameter: Parameter) => boolean) | "rest";
  /** How they are trained, or "frozen": then they keep their values. */
  readonly transform: GradientTransform | "frozen";
}

/**
 * Trains groups of parameters in different ways, as PyTorch's parameter groups. Each parameter of
 * the optimizer must be in exactly one group, and each group must have a parameter. What is before
 * or after it in a `chain` acts on all groups together.
 *
 * A frozen parameter has no gradient, no state, and no update. Under G-SGD, hidden units whose
 * scale a frozen weight fixes are not rescaled; a learning rate of 0 fixes path values instead.
 *
 * @throws {GraphError} from `Optimizer`, if a parameter is in no group or in several, a group is
 *   empty, or a listed parameter is not one of the optimizer's
 *
 * @example A slow backbone, and no decay of biases
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * const model = gs.initialize(
 *   new gs.Sequential([new gs.Linear(4, 8), new gs.ReLU(), new gs.Linear(8, 3)]),
 *   { seed: 1 },
 * );
 * const transform = gs.parameterGroups([
 *   { parameters: ({ name }) => name.endsWith(".bias"), transform: gs.sgd({ learningRate: 0.1 }) },
 *   { parameters: [model.namedParameters().get("0.weight")!], transform: "frozen" },
 *   { parameters: "rest", transform: gs.sgd({ learningRate: 0.1, weightDecay: 1e-4 }) },
 * ]);
 * const optimizer = new gs.Optimizer(model.parameters(), transform);
 * assertEquals(optimizer.parameters.map(({ name }) => name), ["0.bias", "2.weight", "2.bias"]);
 * ```
 */
export function parameterGroups(groups: readonly ParameterGroup[]): GradientTransform {
  checkGroups(groups);
  const own = groups.map((group) => ({ ...group }));
  const transformOf = (node: Node) =>
    trainedBy(own[groupOf(own, variableOf(node))]!, node).transform;
  return {
    name: `groups(${own.map(({ transform }) => nameOf(transform)).join(", ")})`,
    slots: (type, parameter) => transformOf(parameter).slots(type, parameter),
    apply: (inputs, context) => applyGroups(own, inputs, context),
    trainable: (parameters) => trainableOf(own, parameters),
  };
}

/** A group that is not frozen. */
interface TrainedGroup {
  readonly transform: GradientTransform;
}

function nameOf(transform: GradientTransform | "frozen"): string {
  return transform === "frozen" ? transform : transform.name;
}

function trainedBy({ transform }: ParameterGroup, parameter: Node): TrainedGroup {
  if (transform !== "frozen") return { transform };
  throw new GraphError(`Cannot train "${labelOf(parameter)}": its group is frozen`);
}

/** The number of the only group of a parameter. */
function groupOf(groups: readonly ParameterGroup[], parameter: Parameter): number {
  const found = groups.flatMap(({ parameters }, i) =>
    parameters !== "rest" && isIn(parameters, parameter) ? [i] : []
  );
  if (found.length === 1) return found[0]!;
  const rest = groups.findIndex(({ parameters }) => parameters === "rest");
  if (found.length === 0 && rest >= 0) return rest;
  throw new GraphError(
    `Cannot group parameters: each must be in exactly one group: "${parameter.name}" is in ` +
      (found.length === 0
        ? 'none: a last group { parameters: "rest", … } takes all others'
        : `the groups ${found.join(", ")}`),
  );
}

function isIn(
  list: readonly Parameter[] | ((parameter: Parameter) => boolean),
  parameter: Parameter,
): boolean {
  return typeof list === "function" ? list(parameter) === true : list.includes(parameter);
}

function applyGroups(
  groups: readonly ParameterGroup[],
  inputs: readonly TransformInput[],
  context: TransformContext,
): TransformResult[] {
  const results = new Map<TransformInput, TransformResult>();
  const members = groupBy(inputs, ({ parameter }) => groupOf(groups, variableOf(parameter)));
  for (const [group, list] of members) {
    const { transform } = trainedBy(groups[group]!, list[0]!.parameter);
    transform.apply(list, context).forEach((result, i) => results.set(list[i]!, result));
  }
  return inputs.map((input) => results.get(input)!);
}

/** The parameters that no group freezes. */
function trainableOf(
  groups: readonly ParameterGroup[],
  parameters: readonly Parameter[],
): Parameter[] {
  const members = groups.map(() => [] as Parameter[]);
  for (const parameter of parameters) members[groupOf(groups, parameter)]!.push(parameter);
  groups.forEach((group, i) => checkMembers(group, i, parameters, members[i]!));
  const trained = new Set(groups.flatMap(({ transform }, i) => {
    if (transform === "frozen") return [];
    return transform.trainable?.(members[i]!) ?? members[i]!;
  }));
  return parameters.filter((parameter) => trained.has(parameter));
}

function checkMembers(
  { parameters: given }: ParameterGroup,
  group: number,
  parameters: readonly Parameter[],
  members: readonly Parameter[],
): void {
  const strange = Array.isArray(given) ? given.find((one) => !parameters.includes(one)) : undefined;
  if (strange !== undefined) {
    throw new GraphError(
      `Cannot group parameters: group ${group} must list parameters of the optimizer: ` +
        `current has ${strange.name === undefined ? formatFound(strange) : `"${strange.name}"`}`,
    );
  }
  if (members.length > 0) return;
  throw new GraphError(
    `Cannot group parameters: each group must have a parameter: group ${group} has none`,
  );
}

/** Refuses what is no list of groups: `deno run` does not type-check. */
function checkGroups(groups: readonly ParameterGroup[]): void {
  const fail = (current: string) => {
    throw new TypeError(
      "Cannot group parameters: expected a list of { parameters, transform }, with parameters a " +
        `list, a function, or "rest", and a transform or "frozen": current is ${current}`,
    );
  };
  if (!Array.isArray(groups) || groups.length === 0) return fail(formatFound(groups));
  for (const [i, { parameters, transform, ...others }] of groups.entries()) {
    const isKnown = parameters === "rest" || typeof parameters === "function" ||
      Array.isArray(parameters);
    if (!isKnown) fail(`${formatFound(parameters)} as the parameters of group ${i}`);
    const [extra] = Object.keys(others);
    if (extra !== undefined) fail(`"${extra}" in group ${i}`);
    if (transform !== "frozen") checkTransform("group parameters", transform);
  }
  if (groups.filter(({ parameters }) => parameters === "rest").length > 1) {
    fail('more than one "rest"');
  }
}
