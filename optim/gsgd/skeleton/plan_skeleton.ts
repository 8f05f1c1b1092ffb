import type { Graph } from "../../../graph/mod.ts";
import { vectorize, type VectorSkeleton } from "./node_vectors.ts";
import type { Reason } from "../scales/reason.ts";
import { applySegmentation } from "../scales/segmentation.ts";
import { chooseSkeleton } from "./choose_skeleton.ts";
import type { Skeleton, SkeletonTensor } from "./skeleton.ts";
import { type ScaleTrace, traceScales } from "../scales/trace_scales.ts";
import type { SkeletonOptions } from "./skeleton_options.ts";
import { readTrainingStep, type TrainingStep } from "./training_step.ts";
import { UpdateSignatures } from "./update_signatures.ts";

/** Everything that is known of the scale nodes of a training step. */
export interface SkeletonPlan {
  readonly skeleton: VectorSkeleton;
  readonly step: TrainingStep;
  /** What the walk over the forward graph found. */
  readonly trace: ScaleTrace;
  /** What batch normalization does to scales. */
  readonly bn: NonNullable<SkeletonOptions["bn"]>;
}

/** Finds the scale nodes of a training step and chooses their skeleton [gsgd.md §3, §10]. */
export function planSkeleton(graph: Graph, options: SkeletonOptions = {}): SkeletonPlan {
  const { residual = "cut", bn = "paper", segmentation = "whole" } = options;
  const step = readTrainingStep(graph);
  const trace = traceScales(step.loss, new Set(step.trained.keys()), { residual, bn });
  applySegmentation(trace, segmentation);
  const found = chooseAgreeing(graph, step, trace);
  const skeleton = vectorize(giveUpSegments(found, trace, options.failedSegments));
  return { skeleton, step, trace, bn };
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
