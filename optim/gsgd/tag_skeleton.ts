import { defineTag, type Graph, GraphError, type Node, type Tag } from "../../graph/mod.ts";
import { vectorize, type VectorSkeleton } from "./node_vectors.ts";
import { formatReason, type GsgdReport, type Reason } from "./report.ts";
import { describe } from "./describe.ts";
import { applySegmentation, type Segmentation } from "./segmentation.ts";
import { chooseSkeleton, type Skeleton, type SkeletonTensor } from "./skeleton.ts";
import { type ScaleTrace, traceScales } from "./trace_scales.ts";
import { readTrainingStep, type TrainingStep, UpdateSignatures } from "./update_rules.ts";

/** How scale nodes are found. */
export interface SkeletonOptions {
  /**
   * Where two activations are added: "cut" (unless told) fixes their scales, as the paper
   * does; "tied" makes them equal, which uses the symmetry of residual networks as well.
   */
  readonly residual?: "cut" | "tied";
  /**
   * What batch normalisation does to scales. "paper" (unless told) lets them pass and
   * multiplies the gradients of the weights before it by their norms [Meng 2019, Eq. 30];
   * "none" lets them pass and does nothing more. Both are heuristics: rescaling these weights
   * changes the function. "affine" is exact: scales begin at the trained factor γ behind it.
   */
  readonly bn?: "paper" | "none" | "affine";
  /**
   * "whole" (unless told) lets segments be as large as they can be; "stages" ends them where
   * the size of images changes, and leaves out the first convolution and linear layers, as
   * the paper's code does; lists of parameter names make each list a segment of its own.
   */
  readonly segmentation?: Segmentation;
  /**
   * Numbers of segments, as in the report without this option, that the conservation law
   * did not hold in: they keep their plain updates. See `conservationCheck`.
   */
  readonly failedSegments?: readonly number[];
  /** Throws if a weight (biases and batch normalisation aside) would keep its plain update. */
  readonly strict?: boolean;
}

/** What `tagSkeleton` notes on the update node of a weight. */
export interface SkeletonTag {
  /** The plan that the weight belongs to; one object for all weights of a graph. */
  readonly plan: SkeletonPlan;
  /** The weight's own part in it. */
  readonly tensor: SkeletonTensor;
}

/** Everything that is known of a graph's scale nodes, and what became of each parameter. */
export interface SkeletonPlan {
  readonly skeleton: VectorSkeleton;
  readonly step: TrainingStep;
  readonly report: GsgdReport;
  /** What batch normalisation does to scales. */
  readonly bn: NonNullable<SkeletonOptions["bn"]>;
}

/** Marks the update nodes of weights that touch scale nodes. */
export const SKELETON: Tag<SkeletonTag> = defineTag<SkeletonTag>("skeleton");

/**
 * Finds the scale nodes of a training step and chooses their skeleton [gsgd.md §10.1–10.4].
 *
 * @throws {GraphError} with `strict`, naming the first weight that is left outside
 */
export function planSkeleton(graph: Graph, options: SkeletonOptions = {}): SkeletonPlan {
  const { residual = "cut", bn = "paper", segmentation = "whole", strict = false } = options;
  const step = readTrainingStep(graph);
  const trace = traceScales(step.loss, new Set(step.trained.keys()), { residual, bn });
  applySegmentation(trace, segmentation);
  const found = chooseAgreeing(graph, step, trace);
  const skeleton = vectorize(giveUpSegments(found, trace, options.failedSegments));
  const report = describe(step, trace, skeleton);
  if (strict) refuseOutside(report);
  return { skeleton, step, report, bn };
}

/** Notes on each update node what its weight is; a pass that changes nothing else. */
export function tagSkeleton(graph: Graph, plan: SkeletonPlan): Graph {
  const tensors = new Map(plan.skeleton.tensors.map((tensor) => [tensor.weight, tensor]));
  const updates = [...graph.updates].map(([weight, next]): [Node, Node] => {
    const tensor = tensors.get(weight);
    return [weight, tensor ? SKELETON.set(next, { plan, tensor }) : next];
  });
  return { ...graph, updates: new Map(updates) };
}

/** Gives up segments whose weights do not share one optimizer [gsgd.md §10.5]. */
function chooseAgreeing(graph: Graph, step: TrainingStep, trace: ScaleTrace): Skeleton {
  const signatures = new UpdateSignatures(graph);
  for (;;) {
    const skeleton = chooseSkeleton(trace);
    const weights = skeleton.tensors.filter(({ kind }) => kind !== "bias");
    const bySegment = Map.groupBy(weights, ({ segment }) => segment);
    const torn = new Set(
      [...bySegment].filter(([, tensors]) =>
        new Set(tensors.map(({ weight }) => signatures.of(step.trained.get(weight)!))).size > 1
      ).map(([segment]) => segment),
    );
    if (torn.size === 0) return skeleton;
    pinSegments(weights, trace, torn, { code: "optimizers-disagree" });
  }
}

/** The skeleton without segments that the conservation law was seen to fail in. */
function giveUpSegments(
  skeleton: Skeleton,
  trace: ScaleTrace,
  failed: readonly number[] = [],
): Skeleton {
  if (failed.length === 0) return skeleton;
  pinSegments(skeleton.tensors, trace, new Set(failed), { code: "conservation-failed" });
  return chooseSkeleton(trace);
}

/** Fixes the scales at both ends of all weights of some segments. */
function pinSegments(
  tensors: readonly SkeletonTensor[],
  { edges, scales }: ScaleTrace,
  segments: ReadonlySet<number>,
  reason: Reason,
): void {
  for (const { weight, tail, head } of edges) {
    const tensor = tensors.find((other) => other.weight === weight);
    if (!tensor || !segments.has(tensor.segment)) continue;
    scales.pinAll(tail, reason);
    scales.pinAll(head, reason);
  }
}

function refuseOutside({ parameters }: GsgdReport): void {
  const outside = parameters.find(({ class: is, isBias, reason }) =>
    is === "outside" && !isBias && reason?.code !== "batch-norm"
  );
  if (!outside) return;
  throw new GraphError(
    `Cannot apply gsgd to "${outside.name}" (strict): every weight must touch a scale node: ` +
      `current reason against it is ${outside.reason ? formatReason(outside.reason) : "none"}`,
  );
}
