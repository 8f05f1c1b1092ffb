import type { Node } from "../node.ts";
import { elementCount } from "../types.ts";
import { inlineCosts } from "./cost.ts";
import { type Core, coreOf, coreSources } from "./core.ts";

/** What must be in memory, and how kernels read it. */
export interface Stored {
  /** Sources and computed values that are in memory. */
  readonly nodes: ReadonlySet<Node>;
  /** The sum of products of each kernel node that has terms. */
  readonly cores: ReadonlyMap<Node, Core>;
}

/** Operations that may be done again instead of storing a value, for each element. */
const RECOMPUTE_BUDGET = 4;

/**
 * Decides which values are stored and which are computed where they are used. Results
 * of reductions and kernels are stored, and so are roots and the operands of kernels. Another
 * value is stored if computing it anew for each use would cost more than a few operations
 * an element.
 */
export function chooseStored(order: readonly Node[], roots: ReadonlySet<Node>): Stored {
  const cores = new Map<Node, Core>();
  const nodes = new Set<Node>(roots);
  for (const node of order) {
    const { kind } = node.op.lowering;
    if (kind !== "element") nodes.add(node);
    if (kind !== "kernel") continue;
    const core = coreOf(node);
    if (!core) continue;
    cores.set(node, core);
    coreSources(core).forEach((source) => nodes.add(source));
  }
  storeExpensive(order, nodes);
  return { nodes, cores };
}

/** Walks consumers first, so that it is known where each value would be computed. */
function storeExpensive(order: readonly Node[], stored: Set<Node>): void {
  const costs = inlineCosts(order);
  const sites = new Map<Node, Set<Node>>(); // the stored values whose kernels compute a node
  for (const node of order.toReversed()) {
    const here = sites.get(node) ?? new Set<Node>();
    const { lowering } = node.op;
    const isView = lowering.kind === "element" && lowering.view; // what it looks at is stored instead
    if (!stored.has(node) && !isView && isExpensive(node, here, costs.get(node)!)) stored.add(node);
    if (node.op.lowering.kind === "kernel") continue; // it reads memory
    const passedOn = stored.has(node) ? [node] : here;
    for (const input of node.inputs) {
      const known = sites.get(input) ?? new Set<Node>();
      for (const site of passedOn) known.add(site);
      sites.set(input, known);
    }
  }
}

function isExpensive(node: Node, sites: ReadonlySet<Node>, cost: number): boolean {
  if (cost <= 1) return false;
  const evaluations = [...sites].reduce((sum, site) => sum + iterations(site), 0);
  const repeats = evaluations / Math.max(1, elementCount(node.type.shape)) - 1;
  return repeats * cost > RECOMPUTE_BUDGET;
}

/** How many elements the kernel of a stored value computes. */
function iterations(node: Node): number {
  const { kind } = node.op.lowering;
  return elementCount(kind === "reduce" ? node.inputs[0]!.type.shape : node.type.shape);
}
