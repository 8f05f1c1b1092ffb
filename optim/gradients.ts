import { type Parameter, Tensor } from "../autograd/mod.ts";
import {
  formatFound,
  formatType,
  gradient,
  GraphError,
  is,
  LABEL,
  type Node,
  sameType,
  ShapeError,
} from "../graph/mod.ts";

/**
 * Gradients of an optimizer's parameters: a list in the order of `optimizer.parameters`, or a map.
 */
export type Gradients = readonly Tensor[] | ReadonlyMap<Parameter, Tensor>;

/** What an optimizer trains, and what it does not. */
interface Trained {
  readonly parameters: readonly Parameter[];
  readonly frozen: readonly Parameter[];
}

const ONE_EACH =
  "Cannot apply gradients: there must be one for each parameter that the optimizer trains";

/** The gradients in the order of the parameters, each with a marker for passes. */
export function gradientsInOrder(optimizer: Trained, gradients: Gradients): Node[] {
  const { parameters } = optimizer;
  const list = gradients instanceof Map
    ? listOf(optimizer, gradients)
    : checkList(parameters, gradients as readonly Tensor[]);
  return parameters.map((parameter, i) => {
    const { node } = checkGradient(parameter, list[i]);
    if (dependsOnGradientOf(node, parameter.node)) return node;
    return LABEL.set(gradient(node, parameter.node), `d(${parameter.name})`);
  });
}

function listOf(
  { parameters, frozen }: Trained,
  gradients: ReadonlyMap<Parameter, Tensor>,
): (Tensor | undefined)[] {
  const missing = parameters.filter((parameter) => !gradients.has(parameter));
  const extra = [...gradients.keys()].filter((key) => !parameters.includes(key));
  if (missing.length === 0 && extra.length === 0) {
    return parameters.map((parameter) => gradients.get(parameter));
  }
  const names = (list: readonly Parameter[]) =>
    list.map((one) => `${one?.name ?? formatFound(one)}${frozen.includes(one) ? " (frozen)" : ""}`)
      .join(", ") || "none";
  throw new GraphError(
    `${ONE_EACH}, and no other: missing: ${names(missing)}; not trained by it: ${names(extra)}`,
  );
}

function checkList(parameters: readonly Parameter[], list: readonly Tensor[]): readonly Tensor[] {
  if (!Array.isArray(list)) {
    throw new TypeError(
      "Cannot apply gradients: they must be a list in the order of optimizer.parameters, or a Map " +
        `from parameters to tensors: current is ${formatFound(list)}`,
    );
  }
  if (list.length === parameters.length) return list;
  throw new GraphError(
    `${ONE_EACH}: current numbers are ${list.length} and ${parameters.length}`,
  );
}

function checkGradient({ name, type }: Parameter, given: Tensor | undefined): Tensor {
  if (!(given instanceof Tensor)) {
    throw new TypeError(
      `Cannot apply the gradient of "${name}": it must be a Tensor: current is ${
        formatFound(given)
      }`,
    );
  }
  if (sameType(given.node.type, type)) return given;
  throw new ShapeError(
    `Cannot apply the gradient of "${name}": it must be ${formatType(type)}, as the parameter: ` +
      `current is ${formatType(given.node.type)}`,
  );
}

/** Whether a node is computed from a gradient of this parameter, as `gradientsOf` marks it. */
function dependsOnGradientOf(node: Node, parameter: Node): boolean {
  const seen = new Set<Node>();
  const stack = [node];
  while (stack.length > 0) {
    const next = stack.pop()!;
    if (seen.has(next)) continue;
    seen.add(next);
    if (!is(next, gradient)) stack.push(...next.inputs);
    else if (next.inputs[1] === parameter) return true;
  }
  return false;
}
