/** Patterns of activations that are composed of several ops. */
import { Tensor } from "../../../autograd/mod.ts";
import { add, mul, type Node, select } from "../../../graph/mod.ts";
import { elu, selu, softplus } from "../../../layers/mod.ts";
import type { Attributes } from "../operators.ts";
import { follow, isBuilt, numberOf, type Pattern } from "./pattern.ts";

/** Matches a function of x, given x and the operator's attributes. */
function activation(
  op: string,
  find: (node: Node) => { readonly x: Node | undefined; readonly attributes?: Attributes },
  rebuild: (x: Tensor, node: Node) => Tensor,
): Pattern {
  return (node) => {
    const { x, attributes = {} } = find(node);
    if (!x || !isBuilt(node, () => rebuild(new Tensor(x), node).node, [x])) return undefined;
    return {
      operands: [x],
      attrs: attributes,
      emit: (inputs, onnx) => onnx.add(op, inputs, attributes),
    };
  };
}

/** The factor of an ELU below 0. */
function alphaOf(node: Node): number {
  return numberOf(follow(node, [select, 2], [mul, 1])) ?? 1;
}

/** The patterns. A pattern that contains another one comes first. */
export const activations: readonly Pattern[] = [
  activation("Selu", (node) => ({ x: follow(node, [mul, 0], [select, 1]) }), (x) => selu(x)),
  activation(
    "Elu",
    (node) => ({
      x: follow(node, [select, 1]),
      attributes: { alpha: { float: alphaOf(node) } },
    }),
    (x, node) => elu(x, alphaOf(node)),
  ),
  activation(
    "Softplus",
    (node) => ({ x: follow(node, [add, 0], [select, 1]) }),
    (x) => softplus(x),
  ),
];
