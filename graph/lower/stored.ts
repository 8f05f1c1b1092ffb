import type { Node } from "../node.ts";
import { STORED } from "../passes/mod.ts";
import { elementCount } from "../types.ts";
import { CostModel } from "./cost.ts";
import { storeDeep } from "./deep.ts";
import { storeRepeated } from "./repeated.ts";
import { type Core, coreOf, coreSources } from "./core.ts";

/** What must be in memory, and how kernels read it. */
export interface Stored {
  /** Sources and computed values that are in memory. */
  readonly nodes: ReadonlySet<Node>;
  /** The sum of products of each kernel node that has terms. */
  readonly cores: ReadonlyMap<Node, Core>;
}

/**
 * Decides which values are stored and which are computed where they are used. Results
 * of reductions and kernels are stored, and so are roots, the operands of kernels and what a
 * pass tagged `STORED`. Another value is stored if that costs less memory traffic and arithmetic
 * than computing it again for each use.
 */
export function chooseStored(order: readonly Node[], roots: ReadonlySet<Node>): Stored {
  const cores = new Map<Node, Core>();
  const nodes = new Set<Node>(roots);
  for (const node of order) {
    const { kind } = node.op.lowering;
    if (kind !== "element" || STORED.get(node)) nodes.add(node);
    if (kind !== "kernel") continue;
    const core = coreOf(node);
    if (!core) continue;
    cores.set(node, core);
    coreSources(core).forEach((source) => nodes.add(source));
  }
  storeDeep(order, nodes);
  storeRepeated(order, nodes);
  storeExpensive(order, nodes);
  return { nodes, cores };
}

/**
 * Stores what is cheaper to store. Inputs come first, so that the costs of what is
 * computed from them are known; the uses are then counted as if nothing after them was
 * stored, so a second look, users first, takes back what has become superfluous.
 */
function storeExpensive(order: readonly Node[], stored: Set<Node>): void {
  const consumers = consumersOf(order);
  const optional: Node[] = [];
  const costs = new CostModel(stored);
  for (const node of order) {
    if (stored.has(node) || isView(node)) continue; // what a view looks at is stored instead
    if (!isWorthStoring(node, sitesOf(node, consumers, stored), costs)) continue;
    stored.add(node);
    optional.push(node);
  }
  for (const node of optional.toReversed()) {
    stored.delete(node);
    const sites = sitesOf(node, consumers, stored);
    if (isWorthStoring(node, sites, new CostModel(stored))) stored.add(node);
  }
}

function isView({ op }: Node): boolean {
  return op.lowering.kind === "element" && op.lowering.view;
}

/** Who reads each node; kernels read memory and do not count. */
function consumersOf(order: readonly Node[]): Map<Node, Node[]> {
  const consumers = new Map<Node, Node[]>(order.map((node) => [node, []]));
  for (const node of order) {
    if (node.op.lowering.kind === "kernel") continue;
    for (const input of new Set(node.inputs)) consumers.get(input)!.push(node);
  }
  return consumers;
}

/** The stored values whose kernels would compute a node. */
function sitesOf(
  node: Node,
  consumers: ReadonlyMap<Node, readonly Node[]>,
  stored: ReadonlySet<Node>,
): Set<Node> {
  const sites = new Set<Node>();
  const seen = new Set<Node>();
  const stack = [node];
  for (let current = stack.pop(); current; current = stack.pop()) {
    for (const consumer of consumers.get(current)!) {
      if (stored.has(consumer)) sites.add(consumer);
      else if (!seen.has(consumer)) stack.push(consumer);
      seen.add(consumer);
    }
  }
  return sites;
}

/**
 * Compares the loads that both ways take for one element: computing it once, storing it and
 * loading it for each use, or computing it for each use.
 */
function isWorthStoring(node: Node, sites: ReadonlySet<Node>, costs: CostModel): boolean {
  const evaluations = [...sites].reduce((sum, site) => sum + iterations(site), 0);
  const uses = evaluations / Math.max(1, elementCount(node.type.shape));
  const once = costs.weightOf(node);
  return uses * once > once + 1 + uses;
}

/** How many elements the kernel of a stored value computes. */
function iterations(node: Node): number {
  const { kind } = node.op.lowering;
  return elementCount(kind === "reduce" ? node.inputs[0]!.type.shape : node.type.shape);
}
