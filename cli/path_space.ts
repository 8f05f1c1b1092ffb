import type { Pass } from "../graph/mod.ts";
import type { GsgdReport } from "../optim/gsgd/report.ts";
import type { Config } from "./config.ts";
import type { Trainer } from "./trainer.ts";
import { CommandError } from "./errors.ts";

/** What G-SGD makes of a model. */
export interface PathSpace {
  /** Rewrites the graph of a training step. */
  readonly pass: Pass;
  readonly report: GsgdReport;
  /** Gives the skeleton weights their first values, as `skeletonInit` says. */
  setFirstWeights(): void;
}

export function pathSpaceOf(_trainer: Trainer, _config: Config): PathSpace {
  throw new CommandError("G-SGD is not there yet");
}
