/** Folders like those of runs, for the tests of the live page. */
import type { Samples } from "../../metrics/samples.ts";

/** A line of metrics as a run writes it. */
export function stepLine(arm: string, step: number, more: object = {}): object {
  const means = { loss: 2 / step, accuracy: 0.5, learningRate: 0.1, imagesPerSecond: 1000 };
  return { kind: "step", arm, epoch: step / 10, step, ...means, seconds: step / 2, ...more };
}

/** A histogram of 4 bins. */
function histogram(low: number, high: number) {
  return { low, high, counts: [1, 5, 3, 1] };
}

/** A line of the norms and histograms of two parameters, of which the second is a vector. */
export function layersLine(arm: string, step: number): object {
  const norms = { weightNorm: 5, gradientNorm: 1 / step };
  return {
    ...{ kind: "layers", arm, epoch: step / 10, step, seconds: step / 2, samples: 8, ...norms },
    parameters: [
      {
        ...{ name: "fc.weight", weightNorm: 4, gradientNorm: 0.8 / step },
        ...{ weights: histogram(-1, 1), gradients: histogram(-0.1 / step, 0.3 / step) },
      },
      { name: "fc.bias", weightNorm: 3, gradientNorm: 0.6 / step },
    ],
  };
}

/** Makes a run's folder with these lines. */
export async function makeRun(
  path: string,
  lines: readonly object[],
  optimizer: readonly string[] = ["sgd", "gsgd"],
): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
  const config = { model: "mlp:4-3-2", dataset: "synthetic", optimizer, epochs: 2, steps: null };
  await Deno.writeTextFile(`${path}/metrics.jsonl`, lines.map(textOf).join(""));
  await Deno.writeTextFile(`${path}/config.json`, JSON.stringify(config));
}

/** The smallest gray picture, in base64. */
const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

/** What a run writes to `samples.json`, with this many mistakes of each optimizer. */
export function samplesFile(wrong: Readonly<Record<string, number>>): Samples {
  const mistakes = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      ...{ name: `b/${i}`, label: "a long name", predicted: `other ${i}`, png },
    }));
  return {
    ...{ first: [{ name: "a/0", label: "a", png }], split: "test", count: 1000 },
    arms: Object.fromEntries(
      Object.entries(wrong).map((
        [arm, count],
      ) => [arm, { epoch: 2.5, wrong: count, mistakes: mistakes(count) }]),
    ),
  };
}

/** Writes this file to the folder of a run. */
export async function writeSamplesOf(
  path: string,
  wrong: Readonly<Record<string, number>>,
): Promise<void> {
  await Deno.writeTextFile(`${path}/samples.json`, JSON.stringify(samplesFile(wrong)));
}

/** Appends lines to a run. */
export async function append(path: string, ...lines: readonly object[]): Promise<void> {
  await Deno.writeTextFile(`${path}/metrics.jsonl`, lines.map(textOf).join(""), { append: true });
}

function textOf(line: object): string {
  return `${JSON.stringify(line)}\n`;
}
