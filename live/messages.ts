import type { RunInfo } from "./find_runs.ts";

/** Data of an event that lists the runs. */
export interface RunsMessage {
  readonly runs: readonly RunInfo[];
  /** Style of each optimizer, as in figures. */
  readonly styles: Readonly<Record<string, { readonly color: number; readonly dashed: boolean }>>;
  /** Edges of the bins of G-SGD's ratios v′/v. */
  readonly ratioEdges: readonly number[];
}
