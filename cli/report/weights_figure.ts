import {
  decodeSafetensors,
  readFileChecked,
  type TensorData,
  toFloat32,
} from "../../checkpoint/mod.ts";
import { firstLine } from "../../graph/first_line.ts";
import { CommandError } from "../errors.ts";
import { binsBetween } from "../../figures/bins.ts";
import type { Figure, HistogramPanel } from "../../figures/mod.ts";

/** Larger files of weights are not read: drawing a report must stay fast. */
const MOST_BYTES = 2 ** 26;
/** Maximum number of weight tensors that are drawn: the first ones. */
const MOST_TENSORS = 6;
/** Number of bins between the smallest and the largest weight of a tensor. */
const BINS = 40;

/** The weights of an optimizer's model by name, without biases and other vectors. */
export type Weights = ReadonlyMap<string, Float32Array>;

/**
 * Reads the weights of a run; `undefined` if there are none yet, or too many to draw.
 * @throws {CommandError} if the file is damaged
 */
export async function readWeights(path: string): Promise<Weights | undefined> {
  const size = await Deno.stat(path).then((stat) => stat.size, () => undefined);
  if (size === undefined || size > MOST_BYTES) return undefined;
  const matrices = [...decode(path, await readFileChecked(path))]
    .filter(([, { shape }]) => shape.length > 1);
  return new Map(matrices.map(([name, tensor]) => [name, toFloat32(tensor)]));
}

function decode(path: string, bytes: Uint8Array): ReadonlyMap<string, TensorData> {
  try {
    return decodeSafetensors(bytes).tensors;
  } catch (cause) {
    throw new CommandError(`Cannot read ${path}: ${firstLine(cause)}`, { cause });
  }
}

/** Histograms of the weights of each tensor, by optimizer; `null` if there are none. */
export function weightsFigure(weights: ReadonlyMap<string, Weights>): Figure | null {
  const names = [...new Set([...weights.values()].flatMap((each) => [...each.keys()]))];
  if (names.length === 0) return null;
  const rest = names.length > MOST_TENSORS
    ? ` The first ${MOST_TENSORS} of ${names.length} are drawn.`
    : "";
  return {
    name: "weights",
    title: "Weights",
    caption: `Numbers of weights by their value in model.safetensors, for each tensor.${rest}`,
    columns: 2,
    panels: names.slice(0, MOST_TENSORS).map((name) => panelOf(name, weights)),
  };
}

function panelOf(name: string, weights: ReadonlyMap<string, Weights>): HistogramPanel {
  const series = [...weights].flatMap(([arm, byName]) => {
    const values = byName.get(name)?.filter(Number.isFinite) ?? new Float32Array();
    return values.length === 0 ? [] : [{ arm, values }];
  });
  const low = Math.min(...series.map(({ values }) => extreme(values, Math.min)));
  const high = Math.max(...series.map(({ values }) => extreme(values, Math.max)));
  return {
    kind: "histogram",
    title: name,
    x: { label: "weight", unit: "", scale: "linear" },
    counted: "weights",
    // the bins of all optimizers are the same, so that their heights can be compared
    series: series.map(({ arm, values }) => ({
      label: arm,
      arm,
      bins: binsBetween(values, { count: BINS, low, high }),
    })),
  };
}

function extreme(values: Float32Array, of: (a: number, b: number) => number): number {
  return values.reduce((most, value) => of(most, value));
}
