import { GraphError } from "../../../graph/mod.ts";
import type { GsgdReport } from "./report.ts";
import { formatReason } from "../scales/reason.ts";

/** Maximum number of reasons in one message. */
const MOST_REASONS = 4;

/**
 * Throws if a step has no scale node. Such a pass would change nothing, and plain SGD would train
 * under another name. `action` completes the message: "apply gsgd".
 *
 * @throws {GraphError} with the first reasons
 */
export function requireScaleNodes(action: string, { nodes, parameters }: GsgdReport): void {
  if (nodes > 0) return;
  if (parameters.length === 0) {
    throw new GraphError(
      `Cannot ${action}: the graph must train parameters, but it updates none: return ` +
        "{ updates: optimizer.minimize(loss) }",
    );
  }
  const reasons = parameters.flatMap(({ name, isBias, reason }) =>
    isBias || !reason ? [] : [`${formatReason(reason)} at "${name}"`]
  );
  const more = reasons.length > MOST_REASONS ? `, and ${reasons.length - MOST_REASONS} more` : "";
  const isPenalized = parameters.some(({ reason }) => reason?.code === "weight-penalty");
  const hint = isPenalized
    ? ": a term of the loss that depends on weights alone, such as an L2 term, is not invariant " +
      "to rescaling: use the optimizer's weightDecay, which acts on path values"
    : "";
  throw new GraphError(
    `Cannot ${action}: at least one hidden unit must allow rescaling, but none does: ` +
      `current reasons are ${reasons.slice(0, MOST_REASONS).join(", ") || "none"}${more}${hint}`,
  );
}

/**
 * Throws if a weight keeps its plain update. Biases and batch normalization are exempt.
 * @throws {GraphError} naming the first such weight
 */
export function requireNoneOutside({ parameters }: GsgdReport): void {
  const outside = parameters.find(({ class: is, isBias, reason }) =>
    is === "outside" && !isBias && reason?.code !== "batch-norm"
  );
  if (!outside) return;
  throw new GraphError(
    `Cannot apply gsgd to "${outside.name}" (strict): every weight must touch a scale node: ` +
      `current reason is ${outside.reason ? formatReason(outside.reason) : "none"}`,
  );
}
