import type { Experiment } from "../experiment.ts";
import type { Summary } from "../summary.ts";

/** An item of the overview: a table or figure of the paper. */
export interface OverviewItem {
  /** As in the paper: `Table 1, figure 3`. */
  readonly name: string;
  readonly experiment: Experiment;
  /** The folder of the results; `null` if there are none. */
  readonly folder: string | null;
  /** The results, or the reason why there are none. */
  readonly result: Summary | string;
}
