import { Tensor } from "../../autograd/mod.ts";
import type { Node, Shape } from "../../graph/mod.ts";
import type { RefTensor } from "../reference/tensor.ts";
import { f32, type OpCase, type Sample } from "./op_case.ts";

type Method = (x: Tensor, y: Tensor) => Tensor;
type Reference = (x: RefTensor, y: RefTensor) => RefTensor;

/** What is special about a case. */
export interface Kind {
  readonly derivative?: OpCase["derivative"];
  readonly terms?: number;
}

/** A case of one or two tensors; shapes are f32 inputs. */
export function tensorCase(
  name: string,
  inputs: readonly (Shape | Sample)[],
  method: Method,
  reference: Reference,
  { derivative, terms }: Kind = {},
): OpCase {
  const samples = inputs.map((input) => "dtype" in input ? input : f32(input));
  const isFloat = samples.some(({ dtype }) => dtype === "f32");
  return {
    op: name,
    inputs: samples,
    build: (...nodes: Node[]) => {
      const [x, y = x] = nodes.map((node) => new Tensor(node));
      return method(x!, y!).node;
    },
    reference: (x, y = x!) => reference(x!, y),
    derivative: derivative ?? (isFloat ? "linear" : "none"),
    ...(terms === undefined ? {} : { terms }),
  };
}
