import { readVariables, resolveBackend, trace } from "../autograd/mod.ts";
import { bytesOf } from "../graph/bytes_of.ts";
import type { Backend, Graph, HostArray } from "../graph/mod.ts";
import { checkEqual } from "../distributed/mod.ts";
import {
  checkLogits,
  checkMixup,
  checkOptimizer,
  checkValidation,
  hasValidation,
  splitOf,
} from "./check_trainer.ts";
import { type DeviceSplit, placeSplit } from "./device_split.ts";
import { DivergenceError } from "./divergence_error.ts";
import { EpochBatches } from "./epoch_batches.ts";
import { Evaluation, type Score } from "./evaluation.ts";
import { nothingSelected, select, type Selection } from "./selection.ts";
import { StepRunner } from "./step_runner.ts";
import {
  checkTrainerOptions,
  type EpochResult,
  type SplitName,
  type TrainerOptions,
} from "./trainer_options.ts";

/** The weights with the lowest validation error so far. */
interface BestWeights {
  readonly validationError: number;
  /** In the order of the model's state. */
  readonly values: readonly HostArray[];
}

/**
 * Trains a classifier: it runs epochs of steps on the device and validates after each of them. It can
 * stop early and keep the best weights. The data are copied to the device once; a step uploads and
 * reads nothing. The trainer owns neither the model nor the optimizer.
 *
 * @example Softmax regression on the digits
 * ```ts
 * import { assert } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * using backend = await gs.openBackend("cpu");
 * const data = await gs.loadDataset("digits");
 * using model = gs.initialize(new gs.Linear(64, 10), { seed: 1 });
 * using optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 0.1 }));
 * const options = { batchSize: 64, epochs: 3, sampleShape: [64], backend };
 * using trainer = new gs.Trainer({ model, optimizer, data, ...options });
 * await trainer.train();
 * assert((await trainer.evaluate("test")).accuracy > 0.8);
 * ```
 */
export class Trainer implements Disposable {
  readonly #options: TrainerOptions;
  readonly #backend: Backend;
  readonly #batches: EpochBatches;
  readonly #runner: StepRunner;
  readonly #splits = new Map<SplitName, DeviceSplit>();
  readonly #evaluations = new Map<SplitName, Evaluation>();
  #selection: Selection<BestWeights> = nothingSelected;
  #isTraining = false;

  /**
   * Prepares training. Nothing is compiled or copied to the device yet.
   * @throws {TypeError} if an option is unknown or missing
   * @throws {RangeError} if an option is out of range, or needs a validation split that is missing
   * @throws {ShapeError} if the model does not return one logit per class
   * @throws {GraphError} if the optimizer trains no parameter of the model
   */
  constructor(options: TrainerOptions) {
    checkTrainerOptions(options);
    this.#options = { ...options };
    this.#backend = resolveBackend(options.backend);
    checkValidation(options);
    const { data: { train, classes }, batchSize, mixup: alpha } = options;
    const { seed = 0, shuffle = true, lastBatch = "keep", augment = false } = options;
    const batches = { count: train.count, batchSize, seed, shuffle, lastBatch };
    this.#batches = new EpochBatches(batches, { alpha, classes });
    const data = this.#split("train");
    checkLogits(options, data);
    checkOptimizer(options);
    checkMixup(options, data);
    const { order, layout, mixup } = this.#batches;
    const own = { data, order, layout, mixup, seed, augment, label: "train" };
    this.#runner = new StepRunner({ ...options, ...own }, this.#backend);
  }

  /** Number of steps in an epoch. */
  get stepsPerEpoch(): number {
    return this.#batches.stepsPerEpoch;
  }

  /** The graph of one training step before passes, for `planGsgd`. */
  get graph(): Graph {
    return trace<never, never>({}, () => this.#runner.trace(this.#runner.rowsOf(0))).graph;
  }

  /**
   * Runs the remaining epochs. It starts at the optimizer's step counter, so training resumes exactly
   * if the states of the model and of the optimizer were restored from files. `patience` and
   * `restoreBest` count only the epochs that this trainer runs.
   * @throws {DivergenceError} if the loss becomes infinite or NaN
   * @throws {Error} if training is running already
   */
  async train(): Promise<readonly EpochResult[]> {
    if (this.#isTraining) {
      throw new Error("Cannot train: one call of train() must finish first: await it");
    }
    this.#isTraining = true;
    try {
      return await this.#train();
    } finally {
      this.#isTraining = false;
    }
  }

  async #train(): Promise<readonly EpochResult[]> {
    const { epochs, optimizer, onEpoch, patience = Infinity, restoreBest = false } = this.#options;
    const results: EpochResult[] = [];
    await this.#checkRanks();
    let step = (await optimizer.step.data())[0]!;
    while (step < epochs * this.stepsPerEpoch) {
      const result = await this.#runEpoch(step);
      results.push(result);
      step = result.step;
      if (await onEpoch?.(result) === false || result.sinceBest >= patience) break;
    }
    if (restoreBest) this.#restoreBest();
    return results;
  }

  /** Checks that all ranks begin with the same data, settings, and values. */
  async #checkRanks(): Promise<void> {
    const { communicator, model, data, batchSize, epochs, seed = 0 } = this.#options;
    if (!communicator) return;
    const state = new Map([...model.state(), ...this.#options.optimizer.state()]);
    const values = await readVariables([...state.values()]);
    const entries = [...state.keys()].map((name, i) => [`"${name}"`, bytesOf(values[i]!)] as const);
    await checkEqual(communicator, {
      "parameters": [...state.keys()].join(),
      "number of samples": data.train.count,
      "labels": bytesOf(data.train.y),
      "batch size, epochs, and seed": [batchSize, epochs, seed].join(),
      ...Object.fromEntries(entries),
    });
  }

  /**
   * Evaluates the model with its current weights: plain cross-entropy and accuracy of unchanged
   * samples, and the metrics of the options.
   * @throws {RangeError} if the dataset does not have this split
   */
  async evaluate(split: SplitName): Promise<Score> {
    const { model, metrics = {}, communicator } = this.#options;
    const options = { backend: this.#backend, label: `evaluate ${split}`, metrics, communicator };
    if (!this.#evaluations.has(split)) {
      const made = await Evaluation.create(model, this.#split(split), options);
      // another call may have made one meanwhile
      if (this.#evaluations.has(split)) made[Symbol.dispose]();
      else this.#evaluations.set(split, made);
    }
    return await this.#evaluations.get(split)!.run();
  }

  /** Frees the device memory of the data and the compiled steps, but not of model and optimizer. */
  [Symbol.dispose](): void {
    const owners = [this.#runner, ...this.#evaluations.values(), ...this.#splits.values()];
    for (const owner of [...owners, this.#batches]) owner[Symbol.dispose]();
  }

  /** Runs the steps from number `from` to the end of their epoch. */
  async #runEpoch(from: number): Promise<EpochResult> {
    const epoch = Math.floor(from / this.stepsPerEpoch);
    const step = (epoch + 1) * this.stepsPerEpoch;
    this.#batches.setEpoch(epoch);
    const { totals } = this.#runner;
    totals.reset();
    await this.#runner.prepare(from, step);
    await this.#runner.run(from, step);
    const sums = await totals.read();
    const { batch, full, rest } = this.#batches.layout;
    const samples = full * batch + rest - (from - epoch * this.stepsPerEpoch) * batch;
    const loss = sums.loss / samples;
    if (!Number.isFinite(loss)) throw new DivergenceError(epoch + 1, loss);
    const validation = hasValidation(this.#options) ? await this.evaluate("validation") : null;
    if (validation) await this.#select(validation);
    const { since: sinceBest } = this.#selection;
    const accuracy = sums.correct / samples;
    return { epoch: epoch + 1, step, loss, accuracy, validation, sinceBest };
  }

  async #select({ accuracy }: Score): Promise<void> {
    const { model, restoreBest = false } = this.#options;
    const measured = { validationError: 1 - accuracy, values: [] };
    this.#selection = select(this.#selection, measured);
    if (!restoreBest || this.#selection.best !== measured) return;
    const values = await readVariables([...model.state().values()]);
    this.#selection = { ...this.#selection, best: { ...measured, values } };
  }

  #restoreBest(): void {
    const { best } = this.#selection;
    const variables = [...this.#options.model.state().values()];
    best?.values.forEach((value, i) => variables[i]!.assign(value));
  }

  /** The split on the device. */
  #split(name: SplitName): DeviceSplit {
    const known = this.#splits.get(name);
    if (known) return known;
    const { data, sampleShape: shape = data.sampleShape } = this.#options;
    const split = splitOf(this.#options, name);
    if (!split || split.count === 0) {
      throw new RangeError(
        `Cannot evaluate on the ${name} split: the dataset must have samples in it: "${data.name}" ` +
          `has none${name === "validation" ? ": use holdOut" : ""}`,
      );
    }
    const bytesPerBuffer = this.#backend.limits.bytesPerSlot;
    const placed = placeSplit(data, split, { shape, name, bytesPerBuffer });
    this.#splits.set(name, placed);
    return placed;
  }
}
