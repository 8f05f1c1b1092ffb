import type { EndMetric } from "../../metrics/mod.ts";

/** An arm with its initial weights in words. */
interface ComparedArm {
  readonly name: string;
  readonly initialWeights: string;
}

type End = Pick<EndMetric, "arm" | "trainLoss" | "testError">;

/** The numbers that are compared, with unit and digits. */
const measures = [
  { name: "train loss", of: ({ trainLoss }: End) => trainLoss, digits: 4, unit: "" },
  {
    name: "test error",
    of: ({ testError }: End) => testError === null ? NaN : 100 * testError,
    digits: 2,
    unit: " points",
  },
];

/**
 * Splits the difference between SGD and G-SGD into the effect of the initial weights and the
 * effect of the optimizer, from the numbers of this run. The wording does not depend on which
 * optimizer is better. Empty for a run without G-SGD.
 */
export function attribution(
  arms: readonly ComparedArm[],
  ends: readonly End[],
): readonly string[] {
  const startOf = (name: string) => arms.find((arm) => arm.name === name)?.initialWeights;
  if (startOf("gsgd") === undefined) return [];
  const promise =
    "G-SGD is invariant to rescaling hidden units by construction. Its accuracy is measured, not promised.";
  if (startOf("sgd") === undefined) return [promise];
  if (startOf("sgd-skeleton") === undefined) {
    if (startOf("sgd") === startOf("gsgd")) return [promise];
    return [
      promise,
      "sgd and gsgd start from different weights: add sgd-skeleton to --optimizer to separate the " +
      "effect of the optimizer from that of the initial weights.",
    ];
  }
  const parts = measures.flatMap((measure) => split(measure, ends) ?? []);
  return parts.length === 0 ? [promise] : [
    promise,
    `From sgd to gsgd, ${parts.join("; ")}. One seed does not show whether a difference is ` +
    "significant.",
  ];
}

/** The change of one measure from sgd to sgd-skeleton to gsgd; none if a number is not finite. */
function split(
  { name, of, digits, unit }: typeof measures[number],
  ends: readonly End[],
): string | undefined {
  const [sgd, control, gsgd] = ["sgd", "sgd-skeleton", "gsgd"].map((arm) => {
    const end = ends.find((one) => one.arm === arm);
    return end ? of(end) : NaN;
  }) as [number, number, number];
  if (![sgd, control, gsgd].every(Number.isFinite)) return undefined;
  const signed = (value: number) => {
    const text = Math.abs(value).toFixed(digits);
    return `${Number(text) === 0 ? "" : value < 0 ? "−" : "+"}${text}${unit}`;
  };
  return `${name} changes by ${signed(gsgd - sgd)}: ${signed(control - sgd)} from the ` +
    `initial weights (sgd to sgd-skeleton) and ${signed(gsgd - control)} from the optimizer ` +
    "(sgd-skeleton to gsgd)";
}
