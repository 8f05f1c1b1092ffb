import { defineTag, type Graph, GraphError, type Node, type Tag } from "../../graph/mod.ts";
import { vectorize, type VectorSkeleton } from "./node_vectors.ts";
import { formatReason, type GsgdReport } from "./report.ts";
import { describe } from "./describe.ts";
import {
  applySegmentation,
  chooseSkeleton,
  type Skeleton,
  type SkeletonTensor,
} from "./skeleton.ts";
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
   * "whole" (unless told) lets segments be as large as they can be; lists of parameter names
   * make each list a segment of its own.
   */
  readonly segmentation?: "whole" | readonly (readonly string[])[];
  /** Throws if a weight (biases aside) would keep its plain update. */
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
}

/** Marks the update nodes of weights that touch scale nodes. */
export const SKELETON: Tag<SkeletonTag> = defineTag<SkeletonTag>("skeleton");

/**
 * Finds the scale nodes of a training step and chooses their skeleton [spec §10.1–10.4].
 *
 * @throws {GraphError} with `strict`, naming the first weight that is left outside
 */
export function planSkeleton(graph: Graph, options: SkeletonOptions = {}): SkeletonPlan {
  const { residual = "cut", segmentation = "whole", strict = false } = options;
  const step = readTrainingStep(graph);
  const trace = traceScales(step.loss, new Set(step.trained.keys()), { residual });
  if (segmentation !== "whole") applySegmentation(trace, segmentation);
  const skeleton = vectorize(chooseAgreeing(graph, step, trace));
  const report = describe(step, trace, skeleton);
  if (strict) refuseOutside(report);
  return { skeleton, step, report };
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

/** Gives up segments whose weights do not share one optimizer [spec §10.5]. */
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
    for (const { weight, tail, head } of trace.edges) {
      const tensor = weights.find((other) => other.weight === weight);
      if (!tensor || !torn.has(tensor.segment)) continue;
      trace.scales.pinAll(tail, { code: "optimizers-disagree" });
      trace.scales.pinAll(head, { code: "optimizers-disagree" });
    }
  }
}

function refuseOutside({ parameters }: GsgdReport): void {
  const outside = parameters.find(({ class: is, isBias }) => is === "outside" && !isBias);
  if (!outside) return;
  throw new GraphError(
    `Cannot apply gsgd to "${outside.name}" (strict): every weight must touch a scale node: ` +
      `current reason against it is ${outside.reason ? formatReason(outside.reason) : "none"}`,
  );
}
