import { evaluate, trace } from "../../autograd/mod.ts";
import type { Backend, Graph, Pass } from "../../graph/mod.ts";
import {
  conservationCheck,
  conservationTolerance,
  type GsgdOptions,
  type GsgdPlan,
  type GsgdReport,
  gsgdTelemetry,
  initializeSkeleton,
  planGsgd,
  type Telemetry,
} from "../../optim/mod.ts";
import type { Config } from "../settings/config.ts";
import { UsageError } from "../errors.ts";
import type { StepRunner } from "../../train/step_runner.ts";

/** A segment that violates the conservation law. */
export interface FailedSegment {
  /** Its number in the report. */
  readonly segment: number;
  /** Size of the violation, relative to the flow through the worst scale node. */
  readonly imbalance: number;
}

/** How G-SGD treats a model. */
export interface PathSpace {
  /** Rewrites the graph of a training step. */
  readonly pass: Pass;
  readonly plan: GsgdPlan;
  readonly report: GsgdReport;
  /** Counters of the pass, on the device. */
  readonly telemetry: Telemetry;
  /** Initializes the skeleton weights as `skeletonInit` says. */
  setInitialWeights(): void;
  /** Checks the conservation law on the next batch [gsgd.md §10.6]. */
  selfCheck(backend: Backend, tolerance?: number): Promise<readonly FailedSegment[]>;
}

/**
 * Refuses a G-SGD arm that would be plain SGD.
 * @throws {UsageError} if nothing can be rescaled in the model
 */
export function requirePathSpace(
  arm: string,
  model: string,
  { report }: Pick<PathSpace, "report">,
  failed: readonly FailedSegment[] = [],
): void {
  if (report.nodes > 0) return;
  const why = failed.length > 0
    ? `the conservation law does not hold on the first batch (imbalance ${
      Math.max(...failed.map(({ imbalance }) => imbalance)).toExponential(1)
    })`
    : "it has no hidden unit that can be rescaled";
  throw new UsageError(
    `Cannot use --optimizer ${arm} with ${model}: ${why}, so it would be plain SGD: use ` +
      `--optimizer sgd, or see \`deno task explain --model ${model}\``,
  );
}

/** The graph of a step on a full batch, before passes. It is the same on all ranks. */
export function stepGraph(runner: StepRunner): Graph {
  return trace<never, never>({}, () => runner.traceWhole(runner.parts.layout.batch)).graph;
}

/** Plans G-SGD for a training step. `failed` segments keep their plain updates. */
export function pathSpaceOf(
  runner: StepRunner,
  config: Config,
  failed: readonly FailedSegment[] = [],
): PathSpace {
  const graph = stepGraph(runner);
  const { bn, residual, segmentation, ratioClamp, basisPathPenalty } = config;
  const telemetry = gsgdTelemetry({ ratios: config.telemetry === true });
  const options: GsgdOptions = {
    ...{ bn, residual, segmentation, basisPathPenalty, telemetry },
    failedSegments: failed.map(({ segment }) => segment),
    ...(ratioClamp && { ratioClamp }),
  };
  const plan = planGsgd(graph, options);
  return {
    pass: (step: Graph) => planGsgd(step, options).apply(step),
    plan,
    report: plan.report,
    telemetry,
    setInitialWeights() {
      const { skeletonInit, skeletonSigns, seed } = config;
      const signs = skeletonSigns === "random" ? { signSeed: seed } : {};
      initializeSkeleton(plan, runner.parts.model.parameters(), skeletonInit, signs);
    },
    selfCheck: (backend, tolerance = conservationTolerance) =>
      failedSegments(plan, graph, { backend, tolerance }),
  };
}

/** The segments of a plan that violate the conservation law on the next batch. */
async function failedSegments(
  plan: GsgdPlan,
  graph: Graph,
  { backend, tolerance }: { readonly backend: Backend; readonly tolerance: number },
): Promise<readonly FailedSegment[]> {
  const checks = conservationCheck(plan, graph);
  if (checks.length === 0) return [];
  const values = await evaluate(checks.map(({ imbalance: node }) => ({ node })), { backend });
  return checks.flatMap(({ segment }, i) => {
    const imbalance = values[i]![0]!;
    return imbalance <= tolerance ? [] : [{ segment, imbalance }]; // NaN fails
  });
}
