import type { Node } from "../../../graph/mod.ts";
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
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack = loss ? [loss] : [];
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    const missing = seen.has(node) ? [] : scaleInputs(node).filter((input) => !seen.has(input));
    stack.push(...missing.toReversed());
    if (missing.length > 0) continue;
    stack.pop();
    if (!seen.has(node)) order.push(node);
    seen.add(node);
  }
  return order;
}
