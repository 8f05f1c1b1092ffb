import {
  arange,
  compile,
  type Compiled,
  concat,
  full,
  gradientsOf,
  type Parameter,
  stack,
  type Tensor,
} from "../../autograd/mod.ts";
import { rowsOfRank } from "../../distributed/mod.ts";
import { type Backend, temporaryBytes } from "../../graph/mod.ts";
import { crossEntropy, ignoreStatistics } from "../../layers/mod.ts";
import type { LayersMetric } from "../../metrics/mod.ts";
import { logitsOf } from "../../train/batch_model.ts";
import { takeBatch } from "../../train/step_batch.ts";
import type { StepRunner } from "../../train/step_runner.ts";

/**
 * Number of bins of a histogram: fewer than the `parallelRows` of GPUs, so that they divide the
 * values into parts and count these in parallel.
 */
const BINS = 30;
/** A histogram ends this many standard deviations from the mean, if there are values so far away. */
const MOST_DEVIATIONS = 4;
/** Smallest range of a histogram, so that equal values do not divide by zero. */
const SMALLEST_RANGE = 1e-30;
/** About the most temporary memory for samples, in bytes, unless `FEWEST_SAMPLES` need more. */
const MOST_BYTES = 2 ** 28;
/** Fewest samples, if the batch has as many: the gradient of fewer is mostly noise. */
const FEWEST_SAMPLES = 16;

/**
 * Measures the trained parameters and their gradients on the device: those of the mean loss over
 * the first samples of the current epoch, in training mode, at the current weights. It is a program
 * of its own that updates nothing, so training steps are the same with and without it. Several ranks
 * do not exchange anything: each measures by itself.
 */
export class LayerStatistics implements Disposable {
  readonly #parameters: readonly Parameter[];
  readonly #samples: number;
  readonly #compiled: Compiled<never, string>;
  /**
   * Whether it takes at least twice the memory of a large step. Its gradients and bins take about
   * twice the memory of the parameters, however few the samples are.
   */
  readonly isLarge: boolean;

  private constructor(
    { parts: { optimizer, largeStep = MOST_BYTES } }: StepRunner,
    samples: number,
    compiled: Compiled<never, string>,
  ) {
    this.#parameters = optimizer.parameters;
    this.#samples = samples;
    this.#compiled = compiled;
    this.isLarge = temporaryBytes(compiled.plan) >= 2 * largeStep;
  }

  /**
   * Compiles the measurement of what a `StepRunner` trains, on as many samples as a process
   * computes at once. If a step takes more than 256 MiB of temporary memory, it uses fewer.
   */
  static async create(runner: StepRunner, backend: Backend): Promise<LayerStatistics> {
    const samples = samplesOf(runner);
    const label = `${runner.parts.label} layer statistics`;
    const trace = () => ({ outputs: statisticsOf(runner, samples) });
    const compiled = await compile({}, trace, { backend, label });
    return new LayerStatistics(runner, samples, compiled);
  }

  /** Measures the current values. Parameters are in the order of the optimizer's. */
  async measure(): Promise<Pick<LayersMetric, "samples" | "parameters">> {
    this.#compiled.run();
    const values = await this.#compiled.read();
    const parameters = this.#parameters.map(({ name, shape }, i) => {
      const [norms, ranges, counts] = ["norms", "ranges", "counts"].map((
        what,
      ) => [...values[`${what} ${i}`] ?? []]);
      return {
        name,
        weightNorm: norms![0]!,
        gradientNorm: norms![1]!,
        ...(hasHistogram(shape) && {
          weights: { low: ranges![0]!, high: ranges![1]!, counts: counts!.slice(0, BINS) },
          gradients: { low: ranges![2]!, high: ranges![3]!, counts: counts!.slice(BINS) },
        }),
      };
    });
    return { samples: this.#samples, parameters };
  }

  /** Frees the device memory. */
  [Symbol.dispose](): void {
    this.#compiled[Symbol.dispose]();
  }
}

/** Vectors, such as biases, have few values, and models have many of them. */
function hasHistogram(shape: readonly number[]): boolean {
  return shape.length > 1;
}

/** Number of samples to measure the gradients on. */
function samplesOf({ parts, plan }: StepRunner): number {
  const { layout: { batch, full: whole, rest }, accumulate = 1, communicator } = parts;
  const rows = whole > 0 ? batch : rest;
  const atOnce = Math.ceil(rows / accumulate / (communicator?.size ?? 1));
  const fitting = plan ? Math.floor(atOnce * MOST_BYTES / Math.max(1, temporaryBytes(plan))) : rows;
  return Math.min(atOnce, Math.max(FEWEST_SAMPLES, fitting));
}

/**
 * By parameter, its values first and then its gradient: the norms, f32[2], and if it has histograms
 * their ranges, f32 [2, 2], and counts, i32 [2, bins].
 */
function statisticsOf({ parts }: StepRunner, samples: number): Record<string, Tensor> {
  const { model, optimizer: { parameters, step }, seed, loss: lossOf = crossEntropy } = parts;
  const first = full(0, [], "i32"); // the first step of an epoch
  const rows = rowsOfRank(samples, { rank: 0, size: 1 });
  const { inputs, target } = takeBatch(parts, { step: first, counter: step, rows });
  const context = { training: true, counter: step, seed, record: ignoreStatistics };
  const loss = lossOf(logitsOf(model, inputs, context), target);
  const gradients = gradientsOf(loss, parameters);
  const outputs = parameters.flatMap((parameter, i) => {
    const both = [parameter, gradients[i]!];
    const norms = stack(both.map((values) => values.square().sum().sqrt()));
    if (!hasHistogram(parameter.shape)) return [[`norms ${i}`, norms] as const];
    const histograms = both.map(histogramOf);
    return [
      [`norms ${i}`, norms] as const,
      [`ranges ${i}`, stack(histograms.map(({ range }) => range))] as const,
      [`counts ${i}`, stack(histograms.map(({ counts }) => counts))] as const,
    ];
  });
  return Object.fromEntries(outputs);
}

/** The range, f32[2], of values, and how many of them are in each bin, i32 [bins]. */
function histogramOf(values: Tensor): { readonly range: Tensor; readonly counts: Tensor } {
  const [mean, reach] = [
    values.mean(),
    values.std(undefined, { correction: 0 }).mul(MOST_DEVIATIONS),
  ];
  const low = values.min().maximum(mean.sub(reach));
  const high = values.max().minimum(mean.add(reach));
  const perUnit = full(BINS, []).div(high.sub(low).maximum(SMALLEST_RANGE));
  const bins = values.reshape([-1, 1]).sub(low).mul(perUnit).floor().clamp(0, BINS - 1);
  return {
    range: concat([low.reshape([1]), high.reshape([1])]),
    counts: bins.equal(arange(BINS).cast("f32")).cast("i32").sum(0),
  };
}
