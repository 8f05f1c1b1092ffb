import { GraphError } from "../../graph/mod.ts";
import { formatReason, type GsgdReport } from "./report.ts";

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
