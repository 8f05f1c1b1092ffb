import { LABEL, type Node } from "../../../graph/mod.ts";
import type { Reason } from "./reason.ts";
import type { ScaleMap } from "./scale_map.ts";

/** How a weight acts: mixes channels, scales each channel, or is added to each. */
export type EdgeKind = "linear" | "gate" | "bias";

/** How a weight is applied. */
export interface WeightUse {
  readonly kind: EdgeKind;
  readonly tail: ScaleMap;
  readonly head: ScaleMap;
  /** Groups of heads, in order, that have tails of their own. Default: 1. */
  readonly groups?: number;
  /** Size of the images that a convolution makes. */
  readonly image?: string;
}

/** A use, and the term of the losses that it is part of. */
export interface UseInTerm extends WeightUse {
  readonly term: number | undefined;
}

/** Why a weight is no edge. */
export interface Exclusion {
  readonly reason: Reason;
  /** Whether a value that is computed from weights alone decided it. */
  readonly isOfWeights: boolean;
}

/** Why a weight with these uses is no edge; `undefined` if it is one [gsgd.md §8.4]. */
export function exclusionOf(
  weight: Node,
  uses: readonly UseInTerm[],
  exclusions: readonly Exclusion[],
  options: { readonly oncePerTerm?: boolean },
): Reason | undefined {
  const count = uses.length + exclusions.length;
  if (count === 0) return { code: "not-optimized" };
  if (count === 1) return exclusions[0]?.reason;
  if (uses.length > 0 && exclusions.length > 0 && exclusions.every((one) => one.isOfWeights)) {
    return { code: "weight-penalty", ...at(weight) };
  }
  const terms = new Set(uses.map(({ term }) => term));
  const kinds = new Set(uses.map(({ kind }) => kind));
  const isOncePerTerm = options.oncePerTerm && exclusions.length === 0 &&
    terms.size === uses.length && kinds.size === 1;
  return isOncePerTerm ? undefined : sharedWeight(weight);
}

/** The reason of a weight that is used too often. */
export function sharedWeight(weight: Node): Reason {
  return { code: "shared-weight", ...at(weight) };
}

/** The label of the node that caused a reason, if it has one. */
export function at(node: Node): { at?: string } {
  const label = LABEL.get(node);
  return label === undefined ? {} : { at: label };
}
