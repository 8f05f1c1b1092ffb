import type { Shape } from "../../graph/mod.ts";
import { formatReason, type Reason } from "../gsgd/scales/reason.ts";

/** What Path-SGD does with one parameter. */
export interface PathSgdParameter {
  /** The parameter's name: `2.weight`. */
  readonly name: string;
  /** Its shape. */
  readonly shape: Shape;
  /** Why its gradient is not divided by κ; absent if it is. */
  readonly reason?: Reason;
}

/** What Path-SGD does with each parameter. Plain data: it survives JSON. */
export interface PathSgdReport {
  /** In the order of the model. */
  readonly parameters: readonly PathSgdParameter[];
}

/** The report for people: one line, and one for each parameter that is left out. */
export function formatPathSgdReport({ parameters }: PathSgdReport): string {
  const outside = parameters.flatMap(({ name, reason }) =>
    reason ? [`  ${name}  plain update: ${formatReason(reason)}`] : []
  );
  const count = parameters.length - outside.length;
  return [
    `gradients of ${count} of ${parameters.length} parameters are divided by κ`,
    ...outside,
  ].join("\n");
}
