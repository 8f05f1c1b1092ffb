import {
  type Backend,
  compile,
  crossEntropy,
  i32,
  initialize,
  initializeSkeleton,
  Linear,
  Optimizer,
  planGsgd,
  ReLU,
  Sequential,
  sgd,
  trace,
} from "../../mod.ts";
import { Evaluation } from "../../train/mod.ts";
import type { ArmName, Point } from "./messages.ts";
import type { Samples } from "./samples.ts";
import { BATCH_SIZE, LAYERS, LEARNING_RATE, PROBE, SEED } from "./settings.ts";

/** A network and its optimizer. */
export class Arm implements Disposable {
  readonly #parts: Parts;
  #step = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Compiles the training step and the evaluations. */
  static async create(name: ArmName, samples: Samples, backend: Backend): Promise<Arm> {
    const model = initialize(new Sequential(layersOf()), { seed: SEED });
    const optimizer = new Optimizer(model.parameters(), sgd({ learningRate: LEARNING_RATE }));
    const traced = trace({ index: i32([BATCH_SIZE]) }, ({ index }) => {
      const logits = model.forward(samples.train.batch(index));
      const loss = crossEntropy(logits, samples.train.y.gather(index));
      return { updates: optimizer.minimize(loss) };
    });
    const plan = planGsgd(traced.graph, { strict: true });
    if (name !== "sgd") initializeSkeleton(plan, model.parameters(), "one");
    const passes = name === "gsgd" ? [plan.apply] : [];
    const step = await compile(traced, { backend, passes });
    const probe = { backend, label: "training loss", count: Math.min(PROBE, samples.train.count) };
    const loss = await Evaluation.create(model, samples.train, probe);
    const test = await Evaluation.create(model, samples.test, { backend, label: "test error" });
    return new Arm({ name, samples, model, optimizer, step, loss, test });
  }

  /** Runs training steps. All arms see the samples in the same order. */
  train(steps: number): void {
    const { samples, step } = this.#parts;
    for (let i = 0; i < steps; i++) step.run({ index: samples.batchOf(this.#step++) });
  }

  /** Measures the current weights. */
  async measure(): Promise<Point> {
    const { name, samples, loss, test } = this.#parts;
    const { loss: value } = await loss.run();
    const { accuracy } = await test.run();
    const epoch = this.#step / samples.stepsPerEpoch;
    return { arm: name, step: this.#step, epoch, loss: value, error: 1 - accuracy };
  }

  /** Frees the memory. */
  [Symbol.dispose](): void {
    const { step, loss, test, optimizer, model } = this.#parts;
    for (const owner of [step, loss, test, optimizer, model]) owner[Symbol.dispose]();
  }
}

interface Parts {
  readonly name: ArmName;
  readonly samples: Samples;
  readonly model: Sequential;
  readonly optimizer: Optimizer;
  readonly step: { run(inputs: { index: Int32Array }): void } & Disposable;
  readonly loss: Evaluation;
  readonly test: Evaluation;
}

/** A ReLU network without biases, as in the paper. */
function layersOf() {
  return LAYERS.slice(1).flatMap((outputs, i) => {
    const layer = new Linear(LAYERS[i]!, outputs, { bias: false });
    return i < LAYERS.length - 2 ? [layer, new ReLU()] : [layer];
  });
}
