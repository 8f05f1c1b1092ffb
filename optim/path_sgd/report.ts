import type { Shape } from "../../graph/mod.ts";
import { formatReason, type Reason } from "../gsgd/scales/reason.ts";

/** How Path-SGD treats one parameter. */
export interface PathSgdParameter {
  /** The parameter's name: `2.weight`. */
  readonly name: string;
  /** Its shape. */
  readonly shape: Shape;
  /** Why its gradient is not divided by κ; absent if it is. */
  readonly reason?: Reason;
}

/** How Path-SGD treats each parameter. Plain data, which survives a round trip through JSON. */
export interface PathSgdReport {
  /** In the order of the model. */
  readonly parameters: readonly PathSgdParameter[];
}

/** Formats a report: one line, and one for each parameter that is left out. */
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
