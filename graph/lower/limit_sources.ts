import { type Node, readsMemory } from "../node.ts";
import type { Materialized } from "./choose_materialized.ts";
import { viewed } from "./viewed.ts";

/**
 * Materializes more values until no kernel touches more slots than a dispatch may. The slot that
 * a kernel writes counts too.
 */
export function limitSources(
  order: readonly Node[],
  materialized: Materialized,
  slotsPerDispatch: number,
): Materialized {
  const nodes = new Set(materialized.nodes);
  const positions = new Map(order.map((node, position) => [node, position]));
  const sources = new Map<Node, ReadonlySet<Node>>(); // the materialized values under each node
  const under = (node: Node) => nodes.has(node) ? new Set([node]) : sources.get(node)!;
  for (let position = 0; position < order.length; position++) {
    const node = order[position]!;
    const isReady = readsMemory(node); // what it reads is materialized already
    const all = new Set(isReady ? [] : node.inputs.flatMap((input) => [...under(input)]));
    sources.set(node, all);
    const widest = all.size >= slotsPerDispatch ? widestInput(node, nodes, under) : undefined;
    if (!widest) continue;
    nodes.add(widest);
    position = positions.get(widest)!; // it changes what every later kernel reads
  }
  return { ...materialized, nodes };
}

/** The input that reads the most materialized values, or the value that it is a view of. */
function widestInput(
  node: Node,
  materialized: ReadonlySet<Node>,
  under: (node: Node) => ReadonlySet<Node>,
): Node | undefined {
  const open = node.inputs.map((input) => viewed(input, materialized)).filter((input) =>
    under(input).size > 1
  );
  return open.sort((a, b) => under(b).size - under(a).size)[0];
}
