import { elementCount, groupBy, labelOf, type Node } from "../../../graph/mod.ts";
import type { VectorSkeleton } from "../skeleton/node_vectors.ts";
import type { GsgdReport, ParameterReport, PinnedReport, WeightClass } from "./report.ts";
import { formatReason, type Reason } from "../scales/reason.ts";
import { GROUND } from "../scales/scale_variables.ts";
import { isInEdgeFree, type ScaleNode, type SkeletonTensor } from "../skeleton/skeleton.ts";
import type { EdgeTensor, ScaleTrace } from "../scales/forward_trace.ts";
import type { SkeletonPlan } from "../skeleton/plan_skeleton.ts";

/** Builds the report of a plan. */
export function describe({ step, trace, skeleton }: SkeletonPlan): GsgdReport {
  const weights = [...new Set([...step.trained.keys(), ...step.others, ...trace.frozen])];
  const byWeight = indexByWeight(trace, skeleton);
  const parameters = weights.map((weight) => describeParameter(weight, trace, byWeight));
  const edges = parameters.filter(({ reason }) => reason?.code !== "batch-norm")
    .reduce((sum, parameter) => sum + parameter.edges, 0);
  const nodes = skeleton.nodes.length;
  const trained = parameters.reduce((sum, parameter) => sum + parameter.trained, 0);
  const nodesBySegment = groupBy(skeleton.nodes, ({ segment }) => segment);
  const bySegment = groupBy(parameters, ({ segment }) => segment);
  const count = Math.max(-1, ...nodesBySegment.keys()) + 1;
  return {
    parameters,
    segments: Array.from({ length: count }, (_, segment) => {
      const inside = bySegment.get(segment) ?? [];
      return {
        segment,
        parameters: inside.map(({ name }) => name),
        nodes: nodesBySegment.get(segment)?.length ?? 0,
        trained: inside.reduce((sum, parameter) => sum + parameter.trained, 0),
      };
    }),
    edges,
    nodes,
    trained,
    basisPaths: edges - nodes,
    invariantRatio: edges === 0 ? 0 : nodes / edges,
    pinned: pinnedChannels(trace),
  };
}

/** What a report says of weights, by weight. */
interface ByWeight {
  readonly tensors: ReadonlyMap<Node, readonly SkeletonTensor[]>;
  readonly edges: ReadonlyMap<Node, readonly EdgeTensor[]>;
  /** The nodes whose out-edge it holds. */
  readonly free: ReadonlyMap<Node, readonly ScaleNode[]>;
  /** The nodes whose trained in-edge it holds. */
  readonly trained: ReadonlyMap<Node, readonly ScaleNode[]>;
}

function indexByWeight({ edges }: ScaleTrace, skeleton: VectorSkeleton): ByWeight {
  const trained = skeleton.nodes.filter((node) => !isInEdgeFree(skeleton, node));
  return {
    tensors: groupBy(skeleton.tensors, ({ weight }) => weight),
    edges: groupBy(edges, ({ weight }) => weight),
    free: groupBy(skeleton.nodes, ({ outEdge }) => outEdge.weight),
    trained: groupBy(trained, ({ inEdge }) => inEdge.weight),
  };
}

function describeParameter(
  weight: Node,
  trace: ScaleTrace,
  { tensors, edges, free, trained }: ByWeight,
): ParameterReport {
  const [tensor] = tensors.get(weight) ?? [];
  const [edge] = edges.get(weight) ?? [];
  const reason = tensor ? undefined : outsideReason(weight, edge, trace);
  return {
    name: labelOf(weight),
    shape: weight.type.shape,
    edges: elementCount(weight.type.shape),
    class: tensor ? classOf(tensor) : "outside",
    isBias: edge?.kind === "bias",
    free: free.get(weight)?.length ?? 0,
    trained: trained.get(weight)?.length ?? 0,
    ...(tensor && { segment: tensor.segment }),
    ...(reason && { reason }),
  };
}

function classOf({ kind, tail, head }: SkeletonTensor): WeightClass {
  const [leaves, enters] = [tail, head].map(({ ids }) => ids.some((id) => id !== GROUND));
  if (kind === "bias") return "bias";
  if (leaves) return enters ? "interior" : "last";
  return kind === "gate" ? "gate" : "first";
}

/** Why a weight touches no node: its own reason, or the reason that pinned its tail or head. */
function outsideReason(
  weight: Node,
  edge: EdgeTensor | undefined,
  { scales, excluded }: ScaleTrace,
): Reason {
  const own = excluded.get(weight);
  if (own || !edge) return own ?? { code: "not-optimized" };
  const reasons = [...edge.tail.ids, ...edge.head.ids].map((id) => scales.reasonOf(id));
  return reasons.find((reason) => reason !== undefined) ?? { code: "not-homogeneous" };
}

/** Counts by reason the pinned channels that a weight leads into. */
function pinnedChannels({ scales, edges }: ScaleTrace): PinnedReport[] {
  const roots = new Set(
    edges.filter(({ kind }) => kind !== "bias").flatMap(({ head }) =>
      head.ids.map((id) => scales.find(id))
    ),
  );
  const byReason = new Map<string, { reason: Reason; channels: number }>();
  for (const root of roots) {
    const reason = scales.reasonOf(root);
    if (!reason) continue;
    const key = formatReason(reason);
    const entry = byReason.get(key) ?? { reason, channels: 0 };
    byReason.set(key, { ...entry, channels: entry.channels + 1 });
  }
  return [...byReason.values()].toSorted((a, b) => b.channels - a.channels);
}
