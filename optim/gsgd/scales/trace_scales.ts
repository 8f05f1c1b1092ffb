import { type Node, topological } from "../../../graph/mod.ts";
import { scaleInputs } from "./batch_statistics.ts";
import { ForwardTrace, type FoundWeights, type TraceOptions } from "./forward_trace.ts";
import { scaleRule } from "./scale_rules.ts";

/** The result of a walk over a forward graph. */
export interface ScaleTrace extends FoundWeights {
  /** The nodes in the order of the walk, inputs first. */
  readonly order: readonly Node[];
  /** The state after the walk: the scales of each value. */
  readonly forward: ForwardTrace;
}

/** Follows the scales through the forward graph of a loss, once, inputs first [gsgd.md §10.1]. */
export function traceScales(
  loss: Node | undefined,
  trained: ReadonlySet<Node>,
  options: TraceOptions,
): ScaleTrace {
  const forward = new ForwardTrace(trained, options);
  const order = forwardOrder(loss);
  for (const node of order) forward.visit(node, scaleRule(node.op));
  if (loss) forward.scales.pinAll(forward.mapOf(loss), { code: "not-homogeneous", op: "loss" });
  return { ...forward.finish(), order, forward };
}

/** All nodes under the loss, inputs first, without what only computes batch statistics. */
function forwardOrder(loss: Node | undefined): Node[] {
  const roots = loss ? [loss] : [];
  const order = topological(roots);
  const needed = new Set(roots);
  for (const node of order.toReversed()) {
    if (needed.has(node)) scaleInputs(node).forEach((input) => needed.add(input));
  }
  return order.filter((node) => needed.has(node));
}
