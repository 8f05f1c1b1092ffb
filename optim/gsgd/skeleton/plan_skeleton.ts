import { type Graph, groupBy, type Node } from "../../../graph/mod.ts";
import { type EdgeTensor, ForwardTrace, type ScaleTrace } from "../scales/forward_trace.ts";
import type { Reason } from "../scales/reason.ts";
import { elementAt, type ScaleMap } from "../scales/scale_map.ts";
import { scaleRule } from "../scales/scale_rules.ts";
import { GROUND } from "../scales/scale_variables.ts";
import { applySegmentation } from "../scales/segmentation.ts";
import { vectorize, type VectorSkeleton } from "./node_vectors.ts";
import { completeBlocks, type FoundEdge, positionOf, searchEdges } from "./search_edges.ts";
import type { ScaleNode, Skeleton, SkeletonEdge, SkeletonTensor } from "./skeleton.ts";
import type { SkeletonOptions } from "./skeleton_options.ts";
import {
  checkLosses,
  haveSameLosses,
  readTrainingStep,
  type TrainingStep,
} from "./training_step.ts";

/** Everything that is known of the scale nodes of a training step. */
export interface SkeletonPlan {
  readonly skeleton: VectorSkeleton;
  readonly step: TrainingStep;
  /** What the walk over the forward graph found. */
  readonly trace: ScaleTrace;
}

/** Finds the scale nodes of a training step and chooses their skeleton [gsgd.md §3, §10]. */
export function planSkeleton(graph: Graph, options: SkeletonOptions = {}): SkeletonPlan {
  const { residual = "cut", bn = "paper", segmentation = "whole", failedSegments } = options;
  const step = readTrainingStep(graph);
  checkLosses(step);
  const trained = new Set(step.trained.keys());
  const trace = new ForwardTrace(trained, { residual, bn, oncePerTerm: true })
    .follow(step.losses, scaleRule);
  applySegmentation(trace, segmentation);
  pinWhereLossesDiffer(trace, step);
  let skeleton = chooseSkeleton(trace);
  if (failedSegments) {
    skeleton = withoutSegments(skeleton, trace, failedSegments, { code: "conservation-failed" });
  }
  return { skeleton: vectorize(skeleton), step, trace };
}

/** Pins nodes whose weights (biases aside) do not follow the same losses [gsgd.md §8]. */
function pinWhereLossesDiffer({ scales, edges }: ScaleTrace, step: TrainingStep): void {
  const weightAt = new Map<number, Node>();
  for (const { weight, kind, tail, head } of edges) {
    if (kind === "bias") continue;
    for (const id of [...tail.ids, ...head.ids]) {
      const root = scales.find(id);
      const first = weightAt.get(root) ?? weight;
      weightAt.set(root, first);
      if (!haveSameLosses(step, first, weight)) scales.pin(root, { code: "gradients-disagree" });
    }
  }
}

/** The skeleton after all scales in some segments are fixed. */
function withoutSegments(
  { tensors }: Skeleton,
  trace: ScaleTrace,
  segments: readonly number[],
  reason: Reason,
): Skeleton {
  for (const { weight, tail, head } of trace.edges) {
    const tensor = tensors.find((other) => other.weight === weight);
    if (!tensor || !segments.includes(tensor.segment)) continue;
    trace.scales.pinAll(tail, reason);
    trace.scales.pinAll(head, reason);
  }
  return chooseSkeleton(trace);
}

/**
 * Chooses an in-edge and an out-edge for every scale node by breadth-first search from
 * GROUND, forwards and backwards [gsgd.md §3]: ties go to the earlier tensor, in it to the
 * modulo rule, then to the lowest index. Nodes without a route are pinned [gsgd.md §10.2].
 */
function chooseSkeleton({ scales, edges }: ScaleTrace): Skeleton {
  for (;;) {
    const find = (id: number) => scales.isPinned(id) ? GROUND : scales.find(id);
    const blocks = edges.filter(({ kind }) => kind !== "bias").flatMap((edge) =>
      completeBlocks(edge, find)
    );
    const roots = new Set(edges.flatMap(({ tail, head }) => [...tail.ids, ...head.ids].map(find)));
    roots.delete(GROUND);
    const into = searchEdges(blocks, "heads");
    const outOf = searchEdges(blocks, "tails");
    const unusable = [...roots].filter((root) => !into.has(root) || !outOf.has(root));
    for (const root of unusable) {
      scales.pin(root, { code: into.has(root) ? "no-out-edge" : "no-in-edge" });
    }
    if (unusable.length > 0) continue;
    const ordered = [...roots].toSorted((a, b) => a - b);
    const ids = new Map(ordered.map((root, i) => [root, i + 1]));
    const numbered = numberedEdges(edges, (id) => ids.get(find(id)) ?? GROUND);
    const tensorOf = firstByWeight(numbered);
    const segments = segmentsOf(numbered, ordered.length);
    const nodes = ordered.map((root, i): ScaleNode => ({
      id: i + 1,
      inEdge: skeletonEdge(into.get(root)!, tensorOf),
      outEdge: skeletonEdge(outOf.get(root)!, tensorOf),
      inDepth: into.get(root)!.depth,
      outDepth: outOf.get(root)!.depth,
      origin: scales.originOf(root),
      segment: segments[i + 1]!,
    }));
    return { nodes, tensors: skeletonTensors(numbered, nodes, segments) };
  }
}

/** The edges with node ids in place of scale variables. */
function numberedEdges(
  edges: readonly EdgeTensor[],
  nodeOf: (id: number) => number,
): EdgeTensor[] {
  const numbered = ({ shape, ids }: ScaleMap) => ({ shape, ids: ids.map(nodeOf) });
  return edges.map((edge) => ({
    ...edge,
    tail: numbered(edge.tail),
    head: numbered(edge.head),
  }));
}

function skeletonEdge(
  found: FoundEdge,
  tensorOf: ReadonlyMap<Node, EdgeTensor>,
): SkeletonEdge {
  const { weight, tail, head } = tensorOf.get(found.edge.weight)!;
  const position = positionOf(found);
  return { weight, position, tail: tail.ids[found.tail]!, head: head.ids[found.head]! };
}

/** The tensors that touch a node, with the skeleton edges that they hold. */
function skeletonTensors(
  edges: readonly EdgeTensor[],
  nodes: readonly ScaleNode[],
  segments: readonly number[],
): SkeletonTensor[] {
  const byInWeight = groupBy(nodes, ({ inEdge }) => inEdge.weight);
  const byOutWeight = groupBy(nodes, ({ outEdge }) => outEdge.weight);
  return edges.flatMap(({ weight, kind, tail, head, isNormalized }) => {
    const touched = [...tail.ids, ...head.ids].find((id) => id !== GROUND);
    if (touched === undefined) return [];
    const inEdges = new Array<SkeletonEdge | undefined>(head.ids.length).fill(undefined);
    const outEdges = new Array<SkeletonEdge | undefined>(tail.ids.length).fill(undefined);
    for (const { inEdge } of byInWeight.get(weight) ?? []) {
      inEdges[elementAt(head, inEdge.position)] = inEdge;
    }
    for (const { outEdge } of byOutWeight.get(weight) ?? []) {
      outEdges[elementAt(tail, outEdge.position)] = outEdge;
    }
    const segment = segments[touched]!;
    return [{ weight, kind, tail, head, inEdges, outEdges, segment, isNormalized }];
  });
}

/** Segment numbers by node id: nodes that share a weight tensor are in one segment. */
function segmentsOf(edges: readonly EdgeTensor[], count: number): number[] {
  const parents = Array.from({ length: count + 1 }, (_, id) => id);
  const rootOf = (id: number): number => {
    while (parents[id] !== id) id = parents[id] = parents[parents[id]!]!;
    return id;
  };
  for (const { tail, head } of edges) {
    const [first, ...others] = [...tail.ids, ...head.ids].filter((id) => id !== GROUND);
    for (const id of others) parents[rootOf(id)] = rootOf(first!);
  }
  const numbers = new Map<number, number>();
  return parents.map((_, id) => {
    if (id === GROUND) return -1;
    const root = rootOf(id);
    numbers.set(root, numbers.get(root) ?? numbers.size);
    return numbers.get(root)!;
  });
}

/** The first tensor of each weight. */
function firstByWeight(edges: readonly EdgeTensor[]): ReadonlyMap<Node, EdgeTensor> {
  return new Map(edges.toReversed().map((edge) => [edge.weight, edge]));
}
