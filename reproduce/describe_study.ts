/**
 * The messages of a study.
 * @module
 */
import { CommandError } from "../cli/errors.ts";
import { quoted } from "../cli/report/run_command.ts";
import { counted } from "../graph/counted.ts";
import type { RunPoint } from "./expand.ts";
import type { Experiment } from "./experiment.ts";
import type { Request } from "./flags.ts";
import { armLabel, axesLabel } from "./measured.ts";
import type { PointResult } from "./point_result.ts";
import { shardText } from "./shard.ts";
import type { FailedPoint } from "./sweep.ts";

/** A run and its outcome, for the progress. */
export function describe(
  { arm, axes, seed, tuned }: RunPoint,
  { status, end }: PointResult,
  experiment: Experiment,
): string {
  const parts = [
    axesLabel(experiment, axes),
    armLabel(experiment, arm),
    ...Object.entries(tuned).map(([name, value]) => `${name} ${value}`),
    `seed ${seed}`,
  ].filter((part) => part !== "");
  const outcome = end ? `train loss ${end.trainLoss.toFixed(4)}` : status;
  return `${parts.join(", ")}: ${outcome}`;
}

/** The command that makes the same tables and figures. */
export function commandOf(
  { what }: Experiment,
  { scale, launcher }: Pick<Request, "scale" | "launcher">,
): string {
  const start = `${what} --scale ${scale}`;
  return launcher === null
    ? `deno task reproduce ${start}`
    : `deno task reproduce-native ${start} --launcher ${quoted(launcher)}`;
}

/** The error for runs that failed. */
export function failureOf(failed: readonly FailedPoint[]): CommandError {
  const [first] = failed;
  const others = failed.length - 1;
  const rest = others > 0 ? ` (and ${counted(others, "more run")})` : "";
  return new CommandError(`Cannot finish run ${first?.name}: ${first?.message}${rest}`);
}

/** Says that a part of a study is done, and what is next. */
export function partText(
  { what, scales }: Experiment,
  { scale, phase, shard }: Request,
  runs: number,
): string {
  if (phase === "tune" && scales[scale].tune === undefined) {
    return `${what} has no hyperparameter search: run the same command without --phase.`;
  }
  const parts = [
    ...(phase === "tune" ? ["the hyperparameter search"] : []),
    ...(shard === null ? [] : [`shard ${shardText(shard)}`]),
  ];
  const next = shard === null ? "Run" : "When all shards are done, run";
  return `Done: ${parts.join(", ")} of ${what}, ${counted(runs, "run")}. ` +
    `${next} the same command without ${phase === "tune" ? "--phase" : "--shard"}.`;
}
