import { type Graph, type Pass, rewrite, rootsOf, topological } from "../graph.ts";
import { is, type Node } from "../node.ts";
import { gradient } from "../ops/markers.ts";
import { defineTag, type Tag } from "../tags.ts";
import { byteLength } from "../types.ts";
import { type Draft, draftSources, draftStores } from "./draft.ts";

/** Notes on a node that gradients of it were taken. */
const LOSS: Tag<true> = defineTag<true>("loss");

/** Notes the losses of a graph while the markers of gradients still tell which they are. */
export const markLosses: Pass = (graph: Graph): Graph => {
  const losses = new Set(
    topological(rootsOf(graph)).flatMap((node) => is(node, gradient) ? [node.inputs[2]!] : []),
  );
  return rewrite(
    graph,
    (node, original) => losses.has(original) ? LOSS.set(node, true) : undefined,
  );
};

/**
 * Bytes of the forward values that the backward part of a training step reads in this plan: values
 * that a loss depends on, and that are read by kernels that no loss depends on. `undefined` if the
 * graph has no loss.
 */
export function keptBytes(order: readonly Node[], drafts: readonly Draft[]): number | undefined {
  const losses = order.filter((node) => LOSS.get(node));
  if (losses.length === 0) return undefined;
  const forward = new Set(topological(losses));
  const isForward = (draft: Draft) => draftStores(draft).some(({ target }) => forward.has(target));
  const readLater = new Set(
    drafts.filter((draft) => !isForward(draft)).flatMap((draft) => [...draftSources(draft)]),
  );
  // A scan that a loss depends on also writes values that only its gradient reads.
  const isComputedForward = (target: Node) =>
    forward.has(target) ||
    target.op.lowering.kind === "scanPart" && forward.has(target.inputs[0]!);
  return drafts.filter(isForward)
    .flatMap((draft) => draftStores(draft).map(({ target }) => target))
    .filter((target) => isComputedForward(target) && readLater.has(target))
    .reduce((sum, { type }) => sum + byteLength(type), 0);
}
