import { elementCount, GraphError, groupBy, labelOf, type Node } from "../../../graph/mod.ts";
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

/** Maximum number of reasons in one message. */
const MOST_REASONS = 4;

/**
 * Throws if a step has no scale node. Such a pass would change nothing, and plain SGD would train
 * under another name. `action` completes the message: "apply gsgd".
 *
 * @throws {GraphError} with the first reasons
 */
export function requireScaleNodes(action: string, { nodes, parameters }: GsgdReport): void {
  if (nodes > 0) return;
  if (parameters.length === 0) {
    throw new GraphError(
      `Cannot ${action}: the graph must train parameters, but it updates none: return ` +
        "{ updates: optimizer.minimize(loss) }",
    );
  }
  const reasons = parameters.flatMap(({ name, isBias, reason }) =>
    isBias || !reason ? [] : [`${formatReason(reason)} at "${name}"`]
  );
  const more = reasons.length > MOST_REASONS ? `, and ${reasons.length - MOST_REASONS} more` : "";
  const isPenalized = parameters.some(({ reason }) => reason?.code === "weight-penalty");
  const hint = isPenalized
    ? ": a term of the loss that depends on weights alone, such as an L2 term, is not invariant " +
      "to rescaling: use the optimizer's weightDecay, which acts on path values"
    : "";
  throw new GraphError(
    `Cannot ${action}: at least one hidden unit must allow rescaling, but none does: ` +
      `current reasons are ${reasons.slice(0, MOST_REASONS).join(", ") || "none"}${more}${hint}`,
  );
}

/**
 * Throws if a weight keeps its plain update. Biases and batch normalization are exempt.
 * @throws {GraphError} naming the first such weight
 */
export function requireNoneOutside({ parameters }: GsgdReport): void {
  const outside = parameters.find(({ class: is, isBias, reason }) =>
    is === "outside" && !isBias && reason?.code !== "batch-norm"
  );
  if (!outside) return;
  throw new GraphError(
    `Cannot apply gsgd to "${outside.name}" (strict): every weight must touch a scale node: ` +
      `current reason is ${outside.reason ? formatReason(outside.reason) : "none"}`,
  );
}
