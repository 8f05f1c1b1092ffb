import { trace } from "../autograd/mod.ts";
import type { Graph, Pass } from "../graph/mod.ts";
import {
  type GsgdOptions,
  type GsgdReport,
  gsgdTelemetry,
  initializeSkeleton,
  planGsgd,
  type Telemetry,
} from "../optim/mod.ts";
import type { Config } from "./config.ts";
import type { Trainer } from "./trainer.ts";

/** What G-SGD makes of a model. */
export interface PathSpace {
  /** Rewrites the graph of a training step. */
  readonly pass: Pass;
  readonly report: GsgdReport;
  /** What the pass counts on the device. */
  readonly telemetry: Telemetry;
  /** Gives the skeleton weights their first values, as `skeletonInit` says. */
  setFirstWeights(): void;
}

/** Looks at a trainer's step before its passes. */
export function pathSpaceOf(trainer: Trainer, config: Config): PathSpace {
  const { model, layout } = trainer.parts;
  const { graph } = trace<never, never>({}, () => trainer.trace(layout.batch));
  const [low, high] = config.ratioClamp ?? [];
  const telemetry = gsgdTelemetry();
  const options: GsgdOptions = {
    telemetry,
    ...(low !== undefined && high !== undefined && { ratioClamp: [low, high] }),
  };
  const plan = planGsgd(graph, options);
  return {
    pass: (step: Graph) => planGsgd(step, options).apply(step),
    report: plan.report,
    telemetry,
    setFirstWeights: () => initializeSkeleton(plan, model.parameters(), config.skeletonInit),
  };
}
