import { GraphError } from "../../../graph/mod.ts";
import type { GsgdReport } from "./report.ts";
import { formatReason } from "../scales/reason.ts";

/** Reasons in one message. */
const MOST_REASONS = 4;

/**
 * Refuses a step without a scale node: a pass that changes nothing would let plain SGD train under
 * another name. `action` begins the message, as in "apply gsgd".
 *
 * @throws {GraphError} naming the first reasons
 */
export function requireScaleNodes(action: string, { nodes, parameters }: GsgdReport): void {
  if (nodes > 0) return;
  if (parameters.length === 0) {
    throw new GraphError(
      `Cannot ${action}: the graph must train parameters: it has no update of one: return ` +
        "{ updates: optimizer.minimize(loss) }",
    );
  }
  const reasons = parameters.flatMap(({ name, isBias, reason }) =>
    isBias || !reason ? [] : [`${formatReason(reason)} at "${name}"`]
  );
  const more = reasons.length > MOST_REASONS ? `, and ${reasons.length - MOST_REASONS} more` : "";
  throw new GraphError(
    `Cannot ${action}: there must be a hidden unit that can be rescaled, and there is none: ` +
      `current reasons are ${reasons.slice(0, MOST_REASONS).join(", ") || "none"}${more}`,
  );
}

/**
 * Refuses a step in which a weight (biases and batch normalization aside) keeps its plain update.
 * @throws {GraphError} naming the first one
 */
export function requireNoneOutside({ parameters }: GsgdReport): void {
  const outside = parameters.find(({ class: is, isBias, reason }) =>
    is === "outside" && !isBias && reason?.code !== "batch-norm"
  );
  if (!outside) return;
  throw new GraphError(
    `Cannot apply gsgd to "${outside.name}" (strict): every weight must touch a scale node: ` +
      `current reason against it is ${outside.reason ? formatReason(outside.reason) : "none"}`,
  );
}
