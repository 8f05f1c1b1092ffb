import type { Samples } from "../metrics/samples.ts";
import type { RunInfo } from "./find_runs.ts";
import type { SettingValues } from "./settings.ts";

/** A run, as pages receive it. */
export interface ShownRun extends Omit<RunInfo, "config"> {
  /** The settings in which it may differ from the others. */
  readonly settings: SettingValues;
}

/** Data of an event that lists the runs. */
export interface RunsMessage {
  readonly runs: readonly ShownRun[];
  /** Style of each optimizer, as in figures. */
  readonly styles: Readonly<Record<string, { readonly color: number; readonly dashed: boolean }>>;
  /** Edges of the bins of G-SGD's ratios v′/v. */
  readonly ratioEdges: readonly number[];
}

/** Data of an event with the misclassified images of a run, instead of those before. */
export interface SamplesMessage extends Omit<Samples, "first"> {
  /** Path of its folder. */
  readonly run: string;
}
