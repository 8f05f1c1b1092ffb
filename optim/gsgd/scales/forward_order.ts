import { add, div, is, mul, neg, type Node, sub, topological } from "../../../graph/mod.ts";
import { scaleInputs } from "./batch_statistics.ts";
import { knownNumber } from "./homogeneity.ts";

/** All nodes under the losses, inputs first, without what only computes batch statistics. */
export function forwardOrder(losses: readonly Node[]): readonly Node[] {
  const order = topological(losses);
  const needed = new Set(losses);
  for (const node of order.toReversed()) {
    if (needed.has(node)) scaleInputs(node).forEach((input) => needed.add(input));
  }
  return order.filter((node) => needed.has(node));
}

/** For each node the number of the first term, of all sums that are losses, that it is part of. */
export function termNumbers(losses: readonly Node[]): ReadonlyMap<Node, number> {
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
