import { add, div, is, mul, neg, type Node, sub, topological } from "../../../graph/mod.ts";
import { scaleInputs } from "./batch_statistics.ts";
import { knownNumber } from "./homogeneity.ts";
import { ForwardTrace, type FoundWeights, type TraceOptions } from "./forward_trace.ts";
import { scaleRule } from "./scale_rules.ts";

/** The result of a walk over a forward graph. */
export interface ScaleTrace extends FoundWeights {
  /** The nodes in the order of the walk, inputs first. */
  readonly order: readonly Node[];
  /** The state after the walk: the scales of each value. */
  readonly forward: ForwardTrace;
}

/** Follows the scales through the forward graph of losses, once, inputs first [gsgd.md §10.1]. */
export function traceScales(
  losses: readonly Node[],
  trained: ReadonlySet<Node>,
  options: TraceOptions,
): ScaleTrace {
  const forward = new ForwardTrace(trained, options);
  const order = forwardOrder(losses);
  const terms = termNumbers(losses);
  for (const node of order) forward.visit(node, scaleRule(node.op), terms.get(node));
  for (const loss of losses) {
    forward.scales.pinAll(forward.mapOf(loss), { code: "not-homogeneous", op: "loss" });
  }
  return { ...forward.finish(), order, forward };
}

/** For each node the number of the first term, of all sums that are losses, that it is part of. */
function termNumbers(losses: readonly Node[]): ReadonlyMap<Node, number> {
  const numbers = new Map<Node, number>();
  losses.flatMap(termsOf).forEach((term, i) => {
    for (const node of topological([term])) if (!numbers.has(node)) numbers.set(node, i);
  });
  return numbers;
}

/** The terms of a loss that is a sum, which may have signs and known factors. */
export function termsOf(loss: Node): Node[] {
  if (![add, sub, neg, mul, div].some((op) => is(loss, op))) return [loss];
  const terms = loss.inputs.filter((input) => knownNumber(input) === undefined);
  const isProduct = is(loss, mul) || is(loss, div);
  return isProduct && terms.length !== 1 ? [loss] : terms.flatMap(termsOf);
}

/** All nodes under the losses, inputs first, without what only computes batch statistics. */
function forwardOrder(roots: readonly Node[]): Node[] {
  const order = topological(roots);
  const needed = new Set(roots);
  for (const node of order.toReversed()) {
    if (needed.has(node)) scaleInputs(node).forEach((input) => needed.add(input));
  }
  return order.filter((node) => needed.has(node));
}
