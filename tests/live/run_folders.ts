/** Folders like those of runs, for the tests of the live page. */

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

/** Appends lines to a run. */
export async function append(path: string, ...lines: readonly object[]): Promise<void> {
  await Deno.writeTextFile(`${path}/metrics.jsonl`, lines.map(textOf).join(""), { append: true });
}

function textOf(line: object): string {
  return `${JSON.stringify(line)}\n`;
}
