import { type Node, readsMemory } from "../node.ts";
import { MATERIALIZED } from "../tags.ts";
import { elementCount } from "../types.ts";
import { CostModel } from "./cost.ts";
import { limitDepth } from "./limit_depth.ts";
import { limitRepeats } from "./limit_repeats.ts";
import { type Contraction, contractionOf, contractionSources } from "./contraction.ts";

/** The values that are in memory, and how kernels read them. */
export interface Materialized {
  /** Sources and computed values that are in memory. */
  readonly nodes: ReadonlySet<Node>;
  /** The sum of products of each kernel node that has terms. */
  readonly contractions: ReadonlyMap<Node, Contraction>;
}

/**
 * Decides which values are materialized and which are computed where they are used. Results of
 * reductions and kernels are materialized, and so are roots, operands of kernels, and nodes tagged
 * `MATERIALIZED`. Another value is materialized if that costs less memory traffic and arithmetic
 * than computing it again for each use.
 */
export function chooseMaterialized(order: readonly Node[], roots: ReadonlySet<Node>): Materialized {
  const contractions = new Map<Node, Contraction>();
  const nodes = new Set<Node>(roots);
  for (const node of order) {
    const { lowering } = node.op;
    if (lowering.kind !== "element" || MATERIALIZED.get(node)) nodes.add(node);
    if (lowering.kind === "scan") lowering.sources(node).forEach((source) => nodes.add(source));
    if (lowering.kind !== "kernel") continue;
    const contraction = contractionOf(node);
    if (!contraction) continue;
    contractions.set(node, contraction);
    contractionSources(contraction).forEach((source) => nodes.add(source));
  }
  limitDepth(order, nodes);
  limitRepeats(order, nodes);
  materializeExpensive(order, nodes);
  return { nodes, contractions };
}

/**
 * Materializes values where that is cheaper. Visits inputs first, because the costs of later nodes
 * depend on them. This counts uses as if no later node was materialized, so a second pass in
 * reverse order undoes what has become unnecessary.
 */
function materializeExpensive(order: readonly Node[], materialized: Set<Node>): void {
  const consumers = consumersOf(order);
  const sites = new Map<Node, Sites>();
  for (const node of order.toReversed()) {
    sites.set(node, sitesOf(consumers.get(node)!, materialized, sites));
  }
  const optional = new Set<Node>();
  const costs = new CostModel(materialized);
  for (const node of order) {
    if (materialized.has(node) || isView(node)) continue; // its base is materialized instead
    if (!isWorthMaterializing(node, sites.get(node)!, costs)) continue;
    materialized.add(node);
    optional.add(node);
  }
  for (const node of order.toReversed()) {
    const current = sitesOf(consumers.get(node)!, materialized, sites);
    sites.set(node, current);
    if (optional.has(node) && !isWorthMaterializing(node, current, costs)) {
      materialized.delete(node);
    }
  }
}

function isView({ op }: Node): boolean {
  return op.lowering.kind === "element" && op.lowering.view;
}

/** The consumers of each node. Kernels and scans read memory and do not count. */
function consumersOf(order: readonly Node[]): Map<Node, Node[]> {
  const consumers = new Map<Node, Node[]>(order.map((node) => [node, []]));
  for (const node of order) {
    if (readsMemory(node)) continue;
    for (const input of new Set(node.inputs)) consumers.get(input)!.push(node);
  }
  return consumers;
}

/** The materialized values whose kernels would compute a value. */
interface Sites {
  readonly nodes: ReadonlySet<Node>;
  /** How many elements these kernels compute. */
  readonly iterations: number;
}

/** The sites of a value that these nodes use. */
function sitesOf(
  consumers: readonly Node[],
  materialized: ReadonlySet<Node>,
  sites: ReadonlyMap<Node, Sites>,
): Sites {
  const [only, ...others] = consumers;
  if (only && others.length === 0 && !materialized.has(only)) return sites.get(only)!;
  const nodes = new Set<Node>();
  for (const consumer of consumers) {
    if (materialized.has(consumer)) nodes.add(consumer);
    else for (const site of sites.get(consumer)!.nodes) nodes.add(site);
  }
  let sum = 0;
  for (const node of nodes) sum += iterations(node);
  return { nodes, iterations: sum };
}

/**
 * Compares the cost of one element in loads: computing and storing it once and loading it for each
 * use, or computing it for each use.
 */
function isWorthMaterializing(node: Node, sites: Sites, costs: CostModel): boolean {
  const uses = sites.iterations / Math.max(1, elementCount(node.type.shape));
  const once = costs.weightOf(node);
  return uses * once > once + 1 + uses;
}

/** How many elements the kernel of a materialized value computes. */
function iterations(node: Node): number {
  const { kind } = node.op.lowering;
  return elementCount(kind === "reduce" ? node.inputs[0]!.type.shape : node.type.shape);
}
