/**
 * Checks of parameters that optimizers are given: `deno run` does not type-check.
 * @module
 */
import { formatFound, GraphError, labelOf, topological } from "../graph/mod.ts";
import { type Parameter, Tensor, type Variable } from "../autograd/mod.ts";

/** Throws if this is not a list of parameters but, for example, a module. */
export function checkParameters(
  action: string,
  parameters: readonly (Parameter | Variable)[],
): void {
  const isList = Array.isArray(parameters);
  const wrong = isList ? parameters.find((one) => !one?.node || !one.name) : parameters;
  if (isList && !parameters.some((one) => one === wrong)) return;
  throw new TypeError(
    `Cannot ${action}: parameters must be a list of Parameters, such as model.parameters(): ` +
      `current ${isList ? "has" : "is"} ${formatFound(wrong)}`,
  );
}

/**
 * Throws if this is not a tensor: for example, a number, or a function that computes the loss. A loss
 * that depends on no parameter would train nothing, in silence.
 */
export function checkLoss(action: string, loss: Tensor, parameters: readonly Parameter[]): void {
  if (!(loss instanceof Tensor)) {
    throw new TypeError(
      `Cannot ${action} ${formatFound(loss)}: the loss must be a Tensor, an f32[]`,
    );
  }
  const own = new Set(parameters.map(({ node }) => node));
  if (topological([loss.node]).some((node) => own.has(node))) return;
  throw new GraphError(
    `Cannot ${action} "${labelOf(loss.node)}": it must depend on a parameter that is trained`,
  );
}
