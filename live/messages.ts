import type { RunInfo } from "./find_runs.ts";

/** What an event about the runs says. */
export interface RunsMessage {
  readonly runs: readonly RunInfo[];
  /** How what belongs to an optimizer is drawn, as in the figures. */
  readonly styles: Readonly<Record<string, { readonly color: number; readonly dashed: boolean }>>;
  /** Edges of the bins of G-SGD's ratios. */
  readonly ratioEdges: readonly number[];
}
