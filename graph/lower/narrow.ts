import type { Node } from "../node.ts";
import type { Stored } from "./stored.ts";
import { viewed } from "./viewed.ts";

/**
 * Stores more values, until no kernel has to read more slots than a dispatch may touch,
 * the one that it writes included.
 */
export function limitSources(
  order: readonly Node[],
  stored: Stored,
  slotsPerDispatch: number,
): Stored {
  const nodes = new Set(stored.nodes);
  for (;;) {
    const next = tooWide(order, nodes, slotsPerDispatch - 1);
    if (!next) return { ...stored, nodes };
    nodes.add(next); // which changes what every kernel after it reads
  }
}

/** The first value that should be stored because a kernel would read more than `most`. */
function tooWide(
  order: readonly Node[],
  stored: ReadonlySet<Node>,
  most: number,
): Node | undefined {
  const sources = new Map<Node, ReadonlySet<Node>>(); // the stored values under each node
  const under = (node: Node) => stored.has(node) ? new Set([node]) : sources.get(node)!;
  for (const node of order) {
    const isKernel = node.op.lowering.kind === "kernel"; // what it reads is stored already
    const all = new Set(isKernel ? [] : node.inputs.flatMap((input) => [...under(input)]));
    sources.set(node, all);
    const widest = all.size > most ? widestInput(node, stored, under) : undefined;
    if (widest) return widest;
  }
  return undefined;
}

/** The input that stands for most stored values, or what it is a view of. */
function widestInput(
  node: Node,
  stored: ReadonlySet<Node>,
  under: (node: Node) => ReadonlySet<Node>,
): Node | undefined {
  const open = node.inputs.map((input) => viewed(input, stored)).filter((input) =>
    under(input).size > 1
  );
  return open.sort((a, b) => under(b).size - under(a).size)[0];
}
