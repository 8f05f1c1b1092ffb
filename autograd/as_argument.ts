import { makeNode, reshape } from "../graph/mod.ts";
import { Tensor } from "./tensor.ts";

/** The same value in a node of its own, so that an argument differs from all other values. */
export function asArgument(x: Tensor): Tensor {
  return new Tensor(makeNode(reshape.op, [x.node], { shape: x.shape }));
}
