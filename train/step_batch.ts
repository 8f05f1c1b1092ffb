import { arange, type Tensor, type Variable } from "../autograd/mod.ts";
import { ofThisRank, type RowRange } from "../distributed/mod.ts";
import { drawJitter, type Jitter } from "./augment.ts";
import { type BatchLayout, stepsPerEpoch } from "./batch_layout.ts";
import type { BatchInputs } from "./batch_model.ts";
import type { DeviceSplit } from "./device_split.ts";
import type { LabeledBatch, MixedBatch, Mixup } from "./mixup.ts";

/** What the samples of a step are taken from. */
export interface BatchSource {
  readonly data: DeviceSplit;
  /** i32: the samples in the order of the current epoch. */
  readonly order: Variable;
  readonly layout: BatchLayout;
  readonly seed: number;
  /** Whether to shift and flip images at random. Default: false. */
  readonly augment?: boolean;
  /** Mixes the samples of a batch, if given. */
  readonly mixup?: Mixup | undefined;
}

/** Samples of a step. */
export interface SampleRange {
  /** i32[]: number of the step. */
  readonly step: Tensor;
  /** i32[]: the first one, counted within the step. Default: 0. */
  readonly first?: Tensor;
  /** i32[]: makes random numbers differ. */
  readonly counter: Tensor;
  /** The rows of the batch that are taken here. Random numbers are drawn for all of its rows. */
  readonly rows: RowRange;
}

/** The samples of a step, and what the model takes of them. */
export interface StepBatch extends MixedBatch {
  readonly inputs: BatchInputs;
}

interface Samples extends LabeledBatch {
  /** i32: their numbers in the split. */
  readonly index: Tensor;
}

/** Takes samples of a step, their targets, and the labels that accuracy counts. */
export function takeBatch(source: BatchSource, range: SampleRange): StepBatch {
  const { data, order, layout, seed, augment, mixup } = source;
  const { step, first, counter, rows } = range;
  const start = step.mod(stepsPerEpoch(layout)).mul(layout.batch);
  const from = first ? start.add(first) : start;
  const jitter = augment
    ? drawJitter(counter, { rows: rows.of, seed, margin: data.margin })
    : undefined;
  const samplesAt = (positions: Tensor, jitter: Jitter | undefined): Samples => {
    const index = order.gather(from.add(positions));
    const x = jitter ? data.jittered(index, jitter) : data.batch(index);
    return { index, x, labels: data.y.gather(index) };
  };
  const isWhole = rows.count === rows.of;
  const positions = isWhole ? arange(rows.of) : ofThisRank(arange(rows.count).add(rows.from));
  const own = samplesAt(positions, jitter && !isWhole ? jitterAt(jitter, positions) : jitter);
  const partners = () => {
    const all = mixup!.partners(step, rows.of);
    const positionsOfOwn = isWhole ? all : all.gather(positions);
    return samplesAt(positionsOfOwn, jitter && jitterAt(jitter, positionsOfOwn));
  };
  const batch = mixup
    ? mixup.blend(own, partners(), step)
    : { x: own.x, target: own.labels, labels: own.labels };
  return { ...batch, inputs: data.inputsOf(own.index, batch.x) };
}

/** Shifts and flips of the images at some positions of the batch. */
function jitterAt(jitter: Jitter, positions: Tensor): Jitter {
  const { down, right, mirrored } = jitter;
  const at = (all: Tensor) => all.gather(positions);
  return { down: at(down), right: at(right), mirrored: at(mirrored) };
}
