import { pullBack } from "../../../autograd/mod.ts";
import { full, type Graph, interpret, labelOf, type Node } from "../../../graph/mod.ts";
import type { Edge, EdgeValues, EnumeratedNetwork } from "./enumerated_paths.ts";
import type { TrainingNetwork } from "./network.ts";

/** Runs a training step again and again in float64. */
export class TrainingRun {
  readonly #network: TrainingNetwork;
  readonly #graph: Graph;
  readonly #values: Map<Node, Float64Array>;

  /** Starts from the network's values, or from others by parameter name. */
  constructor(
    network: TrainingNetwork,
    graph: Graph = network.graph,
    start: Readonly<Record<string, ArrayLike<number>>> = {},
  ) {
    this.#network = network;
    this.#graph = graph;
    this.#values = new Map(
      [...network.bindings].map(([node, value]) =>
        [node, Float64Array.from(start[labelOf(node)] ?? value)] as const
      ),
    );
  }

  /** Runs some steps. */
  steps(count: number): this {
    for (let i = 0; i < count; i++) {
      const computed = interpret(this.#graph, this.#values);
      for (const [key, next] of this.#graph.updates) this.#values.set(key, computed.get(next)!);
    }
    return this;
  }

  /** The value of a variable, by name. */
  value(name: string): Float64Array {
    for (const [node, value] of this.#values) if (labelOf(node) === name) return value;
    throw new Error(`There is no variable "${name}"`);
  }

  /** The values of all parameters, by name. */
  weights(): Record<string, Float64Array> {
    return Object.fromEntries(
      this.#network.parameters.map(({ name, node }) => [name, this.#values.get(node)!]),
    );
  }

  /** The values of one output of the graph. */
  output(index: number): Float64Array {
    const node = this.#graph.outputs[index]!;
    return interpret([node], this.#values).get(node)!;
  }

  /** ∂loss/∂w at the current weights, by name. */
  gradients(): Record<string, Float64Array> {
    const { loss, parameters } = this.#network;
    const nodes = pullBack(loss, full(1, []), parameters.map(({ node }) => node));
    const values = interpret(nodes, this.#values);
    return Object.fromEntries(parameters.map(({ name }, i) => [name, values.get(nodes[i]!)!]));
  }
}

/** Where an edge's number is in its parameter. */
function indexOf({ widths, parallels }: EnumeratedNetwork, edge: Edge): number {
  const { layer, row, column, parallel } = edge;
  if (column === null) return row;
  return (row * widths[layer - 1]! + column) * parallels[layer - 1]!.count + parallel;
}

/** Numbers of all parameters of an `mlp` (or of layers of the same names) in the order of the enumerated edges. */
export function edgeValues(
  net: EnumeratedNetwork,
  byName: Readonly<Record<string, ArrayLike<number>>>,
  suffix = "",
): EdgeValues {
  return Float64Array.from(net.edges, (edge) => {
    const { layer, column } = edge;
    const kind = column === null ? "bias" : "weight";
    return byName[`W${layer}.${kind}${suffix}`]![indexOf(net, edge)]!;
  });
}

/** The inverse of `edgeValues`. */
export function weightsByName(
  net: EnumeratedNetwork,
  values: ArrayLike<number>,
): Record<string, Float64Array> {
  const { widths, parallels } = net;
  const result: Record<string, Float64Array> = {};
  net.edges.forEach((edge, e) => {
    const { layer, column } = edge;
    const name = column === null ? `W${layer}.bias` : `W${layer}.weight`;
    const each = column === null ? 1 : widths[layer - 1]! * parallels[layer - 1]!.count;
    result[name] ??= new Float64Array(each * widths[layer]!);
    result[name][indexOf(net, edge)] = values[e]!;
  });
  return result;
}

/** max |a − b| / max |b|, the worst over all tensors; at least 1e-300 below. */
export function relativeDifference(
  a: Readonly<Record<string, ArrayLike<number>>>,
  b: Readonly<Record<string, ArrayLike<number>>>,
): number {
  return Math.max(
    ...Object.keys(b).map((name) => {
      const [left, right] = [Array.from(a[name]!), Array.from(b[name]!)];
      const largest = Math.max(...right.map(Math.abs), 1e-300);
      const apart = left.map((x, i) => Math.abs(x - right[i]!));
      return apart.some(Number.isNaN) ? NaN : Math.max(...apart) / largest;
    }),
  );
}
