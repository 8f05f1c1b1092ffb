import { labelOf, type Node } from "../graph/mod.ts";

/** Options for `OnnxError`. */
export interface OnnxErrorOptions extends ErrorOptions {
  /** Types of all operators of a file that are not supported. Default: none. */
  readonly refused?: readonly string[];
}

/** A model cannot be exported to ONNX, or an ONNX file cannot be read or run. */
export class OnnxError extends Error {
  /** Name of the class. */
  override readonly name = "OnnxError";
  /** Label of the node that cannot be exported, or name of the operator that cannot be run. */
  readonly node: string | undefined;
  /** Types of all operators of a file that are not supported; empty for other errors. */
  readonly refused: readonly string[];

  /** `node` is stored as a field only, so `message` should name it too. */
  constructor(message: string, node?: string, options: OnnxErrorOptions = {}) {
    super(message, options);
    this.node = node;
    this.refused = options.refused ?? [];
  }
}

/** Returns the error for a node that cannot be exported. */
export function cannotExport(node: Node, rule: string): OnnxError {
  const label = labelOf(node);
  const what = label === node.op.name ? `"${label}"` : `"${label}" (${node.op.name})`;
  return new OnnxError(`Cannot export ${what} to ONNX: ${rule}`, label);
}
