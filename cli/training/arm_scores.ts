import { Evaluation, type EvaluationOptions, type Score } from "../../train/mod.ts";
import { isConvolutional } from "../settings/model.ts";
import type { Arm } from "./arms.ts";
import type { Job } from "./job.ts";

/** The evaluation of a split, and its last result. */
interface Measurement {
  readonly evaluation: Evaluation;
  readonly step: number;
  readonly score: Score;
}

/** Evaluates the weights of one arm. Each split is evaluated once per step, and compiled once. */
export class ArmScores implements Disposable {
  readonly #job: Job;
  readonly #arm: Arm;
  readonly #measurements = new Map<"validation" | "test", Measurement>();

  /** Compiles nothing yet. */
  constructor(job: Job, arm: Arm) {
    this.#job = job;
    this.#arm = arm;
  }

  /** Evaluates the weights after `step` steps on a split, if there is one. */
  async on(name: "validation" | "test", step: number): Promise<Score | null> {
    const split = this.#job[name];
    if (!split) return null;
    const before = this.#measurements.get(name);
    if (before?.step === step) return before.score;
    const evaluation = before?.evaluation ??
      await Evaluation.create(this.#arm.model, split, this.#optionsFor(name));
    const score = await evaluation.run();
    this.#measurements.set(name, { evaluation, step, score });
    return score;
  }

  /**
   * Evaluates the current weights on the training split. For a convolutional network, which is slow,
   * it uses only as many samples as the test split has.
   */
  async onTraining(): Promise<Score> {
    const { train, test, model } = this.#job;
    const few = isConvolutional(model) && test ? test.count : Infinity;
    const count = Math.min(train.count, few);
    const options = { ...this.#optionsFor("training data"), count };
    using evaluation = await Evaluation.create(this.#arm.model, train, options);
    return await evaluation.run();
  }

  #optionsFor(split: string): EvaluationOptions {
    const { backend, ranks: { communicator } } = this.#job;
    return { backend, label: `${this.#arm.name} ${split}`, communicator };
  }

  /** Frees the device memory. The evaluations are compiled again when they are needed. */
  [Symbol.dispose](): void {
    for (const { evaluation } of this.#measurements.values()) evaluation[Symbol.dispose]();
    this.#measurements.clear();
  }
}
