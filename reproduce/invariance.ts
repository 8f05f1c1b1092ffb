/**
 * Measures an optimizer's invariance to rescaling [Meng 2019, theorem 4.1] with twins: runs from
 * the same function with different weight scales.
 * @module
 */
import { counted } from "../graph/counted.ts";
import type { Experiment } from "./experiment.ts";
import { armLabel, groupBy, type Measured } from "./measured.ts";

/**
 * The largest relative difference of path values that the roundings of a step explain
 * [gsgd.md §12.2]. A rounding that flips a ReLU is amplified beyond it: see `controlSentence`.
 */
const ROUNDING = 2e-5;

/** The final differences between the twins of one arm, for one kind of rescaling. */
interface Distances {
  readonly arm: string;
  readonly scaling: string;
  readonly steps: number;
  /** One number for each pair, in increasing order; infinite if a path value is. */
  readonly pairs: readonly number[];
}

/** Which optimizers are affected by rescaling, and by how much. The conclusion comes first. */
export function invarianceSentences(
  experiment: Experiment,
  measured: readonly Measured[],
): readonly string[] {
  const distances = distancesOf(experiment, measured);
  const isControl = ({ scaling }: Distances) => scaling === experiment.twins?.control;
  const arms = groupBy(distances.filter((one) => !isControl(one)), ({ arm }) => arm);
  const conclusions = arms.map((own) => conclusion(experiment, own));
  const control = controlSentence(distances.filter(isControl));
  return [
    ...(arms.length > 0 ? [[...conclusions, ...control].join(" ")] : []),
    ...distances.map(({ arm, scaling, steps, pairs }) =>
      `${armLabel(experiment, arm)}, hidden units rescaled ${scaling}: after ${steps} steps, the ` +
      `basis-path values ${differText(pairs)}.`
    ),
  ];
}

/**
 * How far training alone amplifies the roundings of initial weights, from the pairs of all arms:
 * without it, a reader cannot tell a rounding that flipped a ReLU from an optimizer that is affected
 * by scales.
 */
function controlSentence(distances: readonly Distances[]): readonly string[] {
  const pairs = distances.flatMap(({ pairs }) => pairs);
  if (pairs.length === 0) return [];
  const beyond = pairs.filter((apart) => apart > ROUNDING).length;
  return [
    `Control: when only the last digit of the initial weights changes, ${beyond} of ` +
    `${pairs.length} pairs of all optimizers ${beyond === 1 ? "differs" : "differ"} by more than ` +
    `${sizeText(ROUNDING)} (up to ${sizeText(Math.max(...pairs))}).`,
  ];
}

/** The conclusion from all pairs of an arm. */
function conclusion(experiment: Experiment, own: readonly Distances[]): string {
  const name = armLabel(experiment, own[0]!.arm);
  const all = own.flatMap(({ pairs }) => pairs).toSorted((a, b) => a - b);
  if (all.every((apart) => apart === 0)) {
    return `${name} is bit-for-bit invariant to rescaling.`;
  }
  if (all.every((apart) => apart <= ROUNDING)) {
    return `${name} is invariant to rescaling up to rounding (path values differ by at most ` +
      `${sizeText(all.at(-1)!)}).`;
  }
  const exact = own.filter(({ pairs }) => pairs.every((apart) => apart === 0));
  if (exact.length > 0) {
    const rest = own.filter((one) => !exact.includes(one)).flatMap(({ pairs }) => pairs);
    const beyond = rest.filter((apart) => apart > ROUNDING).length;
    return `${name} is bit-for-bit invariant when units are rescaled ` +
      `${exact.map(({ scaling }) => scaling).join(" and ")}; otherwise ${beyond} of ` +
      `${rest.length} pairs ${beyond === 1 ? "differs" : "differ"} by more than ` +
      `${sizeText(ROUNDING)} (up to ${sizeText(Math.max(...rest))}).`;
  }
  return `${name} is affected by rescaling (path values differ by ${rangeText(all)}).`;
}

function distancesOf({ twins }: Experiment, measured: readonly Measured[]): readonly Distances[] {
  if (!twins) return [];
  const pairs = measured.filter(({ result }) => result?.twin !== undefined);
  const keyOf = ({ point: { arm, axes } }: Measured) => JSON.stringify([arm, axes[twins.axis]]);
  return groupBy(pairs, keyOf).map((runs): Distances => {
    const { arm, axes } = runs[0]!.point;
    const stepsOf = ({ result }: Measured) => result?.end?.step ?? 0;
    const steps = Math.max(...runs.map(stepsOf));
    const apart = runs.filter((run) => stepsOf(run) === steps)
      .map(({ result }) => result?.twin?.pathDifference ?? Infinity);
    return {
      arm,
      scaling: String(axes[twins.axis]),
      steps,
      pairs: apart.toSorted((a, b) => a - b),
    };
  });
}

function differText(pairs: readonly number[]): string {
  const count = counted(pairs.length, "pair");
  if (pairs.every((apart) => apart === 0)) return `are bit-for-bit equal (${count})`;
  if (!pairs.every(Number.isFinite)) return `are not all finite (${count})`;
  return `differ by ${rangeText(pairs)}, relative to the largest (${count})`;
}

/** The range of numbers in increasing order. */
function rangeText(sizes: readonly number[]): string {
  const [low, high] = [sizeText(sizes[0]!), sizeText(sizes.at(-1)!)];
  return low === high ? low : `${low} to ${high}`;
}

/** Two digits; scientific notation for small numbers. */
function sizeText(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return "infinity";
  return value < 0.01 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
}
