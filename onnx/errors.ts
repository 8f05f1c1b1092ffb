import { labelOf, type Node } from "../graph/mod.ts";

/** A model, or a node of it, cannot be written as ONNX. */
export class OnnxError extends Error {
  /** Name of the class. */
  override readonly name = "OnnxError";
  /** What the node at fault is called, where there is one. */
  readonly node: string | undefined;

  /** Makes the error; `node` is kept as a field, so `message` should name it too. */
  constructor(message: string, node?: string) {
    super(message);
    this.node = node;
  }
}

/** The error of a node that cannot be exported. */
export function cannotExport(node: Node, rule: string): OnnxError {
  const label = labelOf(node);
  const what = label === node.op.name ? `"${label}"` : `"${label}" (${node.op.name})`;
  return new OnnxError(`Cannot export ${what} to ONNX: ${rule}`, label);
}
