import type { ArmName, Point } from "./messages.ts";

/** The newest point of each arm that has one. */
export type Newest = ReadonlyMap<ArmName, Point>;

/** What a comparison shows, computed from its newest points: one sentence for each part. */
export function findings(newest: Newest): readonly string[] {
  const [plain, skeleton, gsgd] = [
    newest.get("sgd"),
    newest.get("sgd-skeleton"),
    newest.get("gsgd"),
  ];
  if (!skeleton || !gsgd) return [];
  const steps = comparison("G-SGD", gsgd, "SGD from the same initial weights", skeleton);
  if (!plain) return [capital(steps)];
  const whole = comparison("G-SGD", gsgd, "plain SGD", plain);
  const start = comparison("SGD from these weights", skeleton, "plain SGD", plain);
  return [
    `${capital(whole)} But G-SGD starts from other weights: ${start}`,
    `What is left: ${steps}`,
  ];
}

/** Compares training losses, as printed. */
function comparison(name: string, point: Point, otherName: string, other: Point): string {
  const value = Number(point.loss.toFixed(4));
  const reference = Number(other.loss.toFixed(4));
  if (!Number.isFinite(value)) return `${name} has diverged.`;
  if (!Number.isFinite(reference)) return `${otherName} has diverged.`;
  if (value === reference) {
    return `${name} and ${otherName} have equal training losses.`;
  }
  const by = Math.abs(value - reference).toFixed(4);
  const side = value < reference ? "lower" : "higher";
  return `the training loss of ${name} is ${by} ${side} than that of ${otherName}.`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
