import { labelOf, type Node } from "../graph/mod.ts";

/** A model, or one of its nodes, cannot be exported to ONNX. */
export class OnnxError extends Error {
  /** Name of the class. */
  override readonly name = "OnnxError";
  /** Label of the node that cannot be exported, if there is one. */
  readonly node: string | undefined;

  /** `node` is stored as a field only, so `message` should name it too. */
  constructor(message: string, node?: string) {
    super(message);
    this.node = node;
  }
}

/** Returns the error for a node that cannot be exported. */
export function cannotExport(node: Node, rule: string): OnnxError {
  const label = labelOf(node);
  const what = label === node.op.name ? `"${label}"` : `"${label}" (${node.op.name})`;
  return new OnnxError(`Cannot export ${what} to ONNX: ${rule}`, label);
}
