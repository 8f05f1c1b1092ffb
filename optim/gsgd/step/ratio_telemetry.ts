import { Variable } from "../../../autograd/mod.ts";
import {
  abs,
  add,
  broadcastTo,
  cast,
  concat,
  constant,
  div,
  fullLike,
  greater,
  less,
  logicalOr,
  minimum,
  mul,
  type Node,
  reduceMin,
  reduceSum,
  reshape,
} from "../../../graph/mod.ts";
import { indexVector } from "../skeleton/index_vector.ts";
import type { VectorSkeleton } from "../skeleton/node_vectors.ts";
import type { RouteProducts } from "./path_values.ts";
import { type RatioClamp, unclampedRatio } from "./ratio_clamp.ts";
import type { NextProducts, UpdateAtInEdges } from "./weight_allocation.ts";

/** |R − 1| of the bins' edges: half decades from 10⁻⁶, about the resolution of f32 at 1. */
const distances = Array.from({ length: 13 }, (_, k) => 10 ** (-6 + k / 2));

/**
 * Edges of the histogram of ratios R = v′/v, from low to high: spaced by logarithm of the
 * distance from 1, where R is while training goes well. The first is 0: below it the sign
 * changed; the last but one is 2, the last 11.
 */
export const ratioEdges: readonly number[] = [
  ...distances.toReversed().map((distance) => 1 - distance),
  ...distances.map((distance) => 1 + distance),
  11,
];

/** Counts of the ratios of trained skeleton weights since the last reset. */
export interface RatioTelemetry extends Disposable {
  /** f32[]: the smallest |v|. */
  readonly smallestPathValue: Variable;
  /** i32[]: how often the clamp changed a ratio. */
  readonly clamped: Variable;
  /** i32[1 + edges]: how many ratios there were, and how many above each of `ratioEdges`. */
  readonly above: Variable;
}

/** f32[]: a variable for the smallest number so far. */
export function smallestCounter(name: string): Variable {
  return new Variable(name, { dtype: "f32", shape: [] }, () => Float32Array.of(Infinity));
}

/** Makes the counters. */
export function ratioTelemetry(): RatioTelemetry {
  const smallestPathValue = smallestCounter("gsgd.window.smallestPathValue");
  const clamped = new Variable("gsgd.window.clamped", { dtype: "i32", shape: [] });
  const above = new Variable("gsgd.window.above", { dtype: "i32", shape: [1 + ratioEdges.length] });
  return {
    smallestPathValue,
    clamped,
    above,
    [Symbol.dispose]() {
      for (const counter of [smallestPathValue, clamped, above]) counter[Symbol.dispose]();
    },
  };
}

/** Resets the counters. */
export function resetRatios({ smallestPathValue, clamped, above }: RatioTelemetry): void {
  smallestPathValue.assign(Float32Array.of(Infinity));
  clamped.assign(Int32Array.of(0));
  above.assign(new Int32Array(1 + ratioEdges.length));
}

/** Counts in the bins below the first edge, between each two, and above the last one. */
export function ratioHistogram(above: ArrayLike<number>): readonly number[] {
  return Array.from(above, (count, k) => count - (above[k + 1] ?? 0));
}

/** The parts of a G-SGD step that the counters read. */
export interface CounterSources {
  readonly skeleton: VectorSkeleton;
  readonly routes: RouteProducts;
  readonly next: NextProducts;
  /** Before any clamp. */
  readonly updates: UpdateAtInEdges;
  readonly ratioClamp: RatioClamp | undefined;
}

/** The counters' next values. */
export function ratioUpdates(
  telemetry: RatioTelemetry,
  { skeleton, routes, next, updates, ratioClamp }: CounterSources,
): ReadonlyMap<Node, Node> {
  const { smallestPathValue, clamped, above } = telemetry;
  const vectors = skeleton.vectors.filter(({ trained }) => trained.includes(true));
  if (vectors.length === 0) return new Map();
  const all = (nodes: readonly Node[]) => concat(nodes, 0);
  const isTrained = indexVector(vectors.flatMap(({ trained }) => trained.map(Number)));
  // v = Q / (1/P) and R = P′/P, both from what is in memory anyway
  const values = vectors.map((vector) => div(routes.q.get(vector)!, routes.inverseP.get(vector)!));
  const ratios = vectors.map((vector) =>
    div(routes.inverseP.get(vector)!, next.inverseP.get(vector)!)
  );
  const smallest = reduceMin(abs(all(values)), [0]);
  const counted = new Map([
    [smallestPathValue.node, minimum(smallestPathValue.node, smallest)],
    [above.node, add(above.node, countAbove(all(ratios), isTrained))],
  ]);
  if (!ratioClamp) return counted;
  const wanted = all(vectors.map((vector) => unclampedRatio(vector, routes, updates)));
  const isOut = logicalOr(
    less(wanted, fullLike(wanted, ratioClamp[0])),
    greater(wanted, fullLike(wanted, ratioClamp[1])),
  );
  const held = reduceSum(mul(isTrained, cast(isOut, "i32")), [0]);
  return new Map([...counted, [clamped.node, add(clamped.node, held)]]);
}

/** How many ratios there are, and how many above each edge; only those of trained weights. */
function countAbove(ratios: Node, isTrained: Node): Node {
  const [count = 0] = ratios.type.shape;
  const lowest = -3.4028234663852886e38; // what is above it is every number
  const edges = constant(Float32Array.of(lowest, ...ratioEdges), [1, 1 + ratioEdges.length]);
  const table = [count, 1 + ratioEdges.length];
  const spread = (vector: Node) => broadcastTo(reshape(vector, [count, 1]), table);
  const isAbove = greater(spread(ratios), broadcastTo(edges, table));
  return reduceSum(mul(spread(isTrained), cast(isAbove, "i32")), [0]);
}
