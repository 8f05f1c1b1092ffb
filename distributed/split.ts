import {
  allReduceSum,
  type Graph,
  is,
  labelOf,
  type Node,
  rootsOf,
  type TensorType,
  topological,
  withInputs,
} from "../graph/mod.ts";

/** A part of a step, and what the ranks exchange after it. */
export interface Phase {
  readonly graph: Graph;
  /** Variables, f32, to replace by their sums over the ranks. None after the last phase. */
  readonly sums: readonly Node[];
}

/** A step, cut where the ranks communicate. */
export interface Phases {
  readonly phases: readonly Phase[];
  /** Variables that hold values for later phases of the same rank. */
  readonly kept: readonly Node[];
}

/** Makes a variable to hold a value between phases. */
export type MakeVariable = (name: string, type: TensorType) => Node;

/**
 * Cuts a graph at its `allReduceSum` nodes. Phase p computes what is exchanged after it. All
 * updates of the graph happen in the last phase, so that every phase sees the same values. A later
 * phase reads the products and reductions of earlier ones from variables; elementwise values are
 * computed again, because they are fused into what reads them.
 */
export function split(graph: Graph, makeVariable: MakeVariable): Phases {
  const order = topological(rootsOf(graph));
  const depths = depthsOf(order);
  const last = Math.max(0, ...depths.values());
  const holders = new Map<Node, Node>();
  const sums = Array.from({ length: last + 1 }, (): Node[] => []);
  const kept: Node[] = [];
  // For each phase, what it computes for later ones.
  const produced = sums.map(() => new Map<Node, Node>());
  const hold = (node: Node, phase: number, list: Node[], value: Node): Node => {
    const known = holders.get(node);
    if (known) return known;
    const made = makeVariable(`${node.op.name} ${holders.size} ${labelOf(node)}`, node.type);
    holders.set(node, made);
    list.push(made);
    produced[phase]!.set(made, value);
    return made;
  };
  const phases: Phase[] = [];
  for (let phase = last; phase >= 0; phase--) {
    const roots = phase === last ? rootsOf(graph) : [...produced[phase]!.values()];
    const built = rebuild(order, roots, (node) => {
      const depth = depths.get(node)!;
      if (is(node, allReduceSum)) return hold(node, depth - 1, sums[depth - 1]!, node.inputs[0]!);
      return depth < phase && isStored(node) ? hold(node, depth, kept, node) : undefined;
    });
    const updates = phase === last ? graph.updates : produced[phase]!;
    phases[phase] = {
      graph: {
        outputs: phase === last ? graph.outputs.map((node) => built.get(node)!) : [],
        updates: new Map([...updates].map(([key, node]) => [key, built.get(node)!])),
      },
      sums: sums[phase]!,
    };
  }
  return { phases, kept };
}

/** For each node, how many exchanges come before it at least. */
function depthsOf(order: readonly Node[]): ReadonlyMap<Node, number> {
  const depths = new Map<Node, number>();
  for (const node of order) {
    const before = node.inputs.reduce((most, input) => Math.max(most, depths.get(input)!), 0);
    depths.set(node, before + (is(node, allReduceSum) ? 1 : 0));
  }
  return depths;
}

function isStored({ op: { lowering: { kind } } }: Node): boolean {
  return kind !== "source" && kind !== "element";
}

/**
 * Builds what the roots need, with other nodes in the place of those for which `standIn` gives one.
 * Calls it inputs last, and once for each node that is needed.
 */
function rebuild(
  order: readonly Node[],
  roots: readonly Node[],
  standIn: (node: Node) => Node | undefined,
): ReadonlyMap<Node, Node> {
  const needed = new Set(roots);
  const built = new Map<Node, Node>();
  for (const node of order.toReversed()) {
    if (!needed.has(node)) continue;
    const other = standIn(node);
    if (other) built.set(node, other);
    else for (const input of node.inputs) needed.add(input);
  }
  for (const node of order) {
    if (!needed.has(node) || built.has(node)) continue;
    const inputs = node.inputs.map((input) => built.get(input)!);
    const isSame = inputs.every((input, i) => input === node.inputs[i]);
    built.set(node, isSame ? node : withInputs(node, inputs));
  }
  return built;
}
