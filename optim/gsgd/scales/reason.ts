/** Why a scale is fixed, and with it why a weight stays outside. */
export type ReasonCode =
  /** The op does not commute with a rescaling of its input. */
  | "not-homogeneous"
  /** Two activations are added, and the option `residual` is "cut". */
  | "residual-add"
  /** An op such as `maximum` or `greater` compares two activations, and `residual` is "cut". */
  | "compared-activations"
  /** The weight is used more than once. */
  | "shared-weight"
  /** A loop over steps uses the weight in each step. */
  | "recurrent"
  /** The weight that is applied is computed from the parameter. */
  | "derived-weight"
  /** A term of the loss depends on weights alone, as an L2 term does. */
  | "weight-penalty"
  /** The parameter is not updated with a gradient of this loss. */
  | "not-optimized"
  /** A transposed convolution in groups, whose weight has no axis of outputs. */
  | "grouped-transpose"
  /** No weight (biases aside) leads from a fixed scale into the node. */
  | "no-in-edge"
  /** No weight leads from the node to a fixed scale. */
  | "no-out-edge"
  /** The weights of one segment do not follow the gradients of the same losses. */
  | "gradients-disagree"
  /** The option `segmentation` ends a segment here. */
  | "segmentation"
  /** Scale or shift after a batch normalization through which scales pass. */
  | "batch-norm"
  /** The conservation law did not hold on the first batch. */
  | "conservation-failed";

/** Why a scale is fixed, and where that was decided. */
export interface Reason {
  /** Which rule decided it. */
  readonly code: ReasonCode;
  /** Name of the op that decided it. */
  readonly op?: string;
  /** Label of the node that decided it, where it has one of its own. */
  readonly at?: string;
}

/** A reason in a few words: `not-homogeneous:sigmoid (act2)`. */
export function formatReason({ code, op, at }: Reason): string {
  const what = code === "not-homogeneous" && op !== undefined ? `${code}:${op}` : code;
  return at === undefined ? what : `${what} (${at})`;
}
