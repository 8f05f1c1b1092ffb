import { type Node, topological } from "../../graph/mod.ts";
import { termsOf } from "../gsgd/scales/forward_order.ts";

/**
 * The losses without the terms in which a network only runs again, on another batch: its paths
 * count once. A term is such a run if it has the weights of terms before it, and shares no value
 * with them that is computed from weights.
 */
export function firstRuns(losses: readonly Node[], trained: ReadonlySet<Node>): readonly Node[] {
  const known = new Set<Node>();
  const terms = losses.flatMap(termsOf);
  const kept = terms.filter((term) => {
    const nodes = dependents(term, trained);
    const isAgain = nodes.some((node) => trained.has(node)) &&
      nodes.every((node) => known.has(node) === trained.has(node));
    nodes.forEach((node) => known.add(node));
    return !isAgain;
  });
  return kept.length === terms.length ? losses : kept;
}

/** The weights under a node, and all that is computed from them. */
function dependents(root: Node, trained: ReadonlySet<Node>): Node[] {
  const found = new Set<Node>();
  return topological([root]).filter((node) => {
    const isDependent = trained.has(node) || node.inputs.some((input) => found.has(input));
    if (isDependent) found.add(node);
    return isDependent;
  });
}
