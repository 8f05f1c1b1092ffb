import { full, type Tensor, type Updates, Variable } from "../autograd/mod.ts";
import { type Plan, temporaryBytes } from "../graph/mod.ts";
import { GradientAccumulator, type Optimizer } from "../optim/mod.ts";

/** A step that is compiled: one program, or several that run in order. */
export interface CompiledStep extends Disposable {
  /** The plan of the program that takes the most memory. */
  readonly plan: Plan;
  /** Submits the step. Resolves when it has been exchanged, if there are several ranks. */
  run(): void | Promise<void>;
}

/** The programs of a step in parts. */
interface PartPrograms {
  /** What adds the gradients of a part of this size. */
  readonly part: (size: number) => Promise<CompiledStep>;
  /** What applies their mean. */
  readonly apply: () => Promise<CompiledStep>;
}

/** Computes the gradients of batches in parts, which need less memory than the whole. */
export class BatchParts implements Disposable {
  readonly #accumulator: GradientAccumulator;
  readonly #count: number;
  /** i32[]: number of parts of the current step that were added. */
  readonly #part = new Variable("part", { dtype: "i32", shape: [] });

  /** `count`: number of parts of a batch. */
  constructor(optimizer: Optimizer, count: number) {
    this.#accumulator = new GradientAccumulator(optimizer);
    this.#count = count;
  }

  /** Sizes of the parts of a batch: equal, but for a smaller last one. */
  sizesOf(rows: number): number[] {
    const size = Math.ceil(rows / this.#count);
    return Array.from(
      { length: Math.ceil(rows / size) },
      (_, part) => Math.min(size, rows - part * size),
    );
  }

  /** i32[]: the first sample of the current part. */
  firstOf(rows: number): Tensor {
    return this.#part.mul(this.sizesOf(rows)[0]!);
  }

  /** What is summed over the parts: with several ranks, each has sums of its own. */
  get sums(): readonly Variable[] {
    return this.#accumulator.sums;
  }

  /** i32[]: a number for each part of each step. */
  get counter(): Tensor {
    return this.#accumulator.optimizer.step.mul(this.#count).add(this.#part);
  }

  /** The updates of a part with this mean loss. */
  accumulate(loss: Tensor, size: number): Updates {
    const sums = this.#accumulator.accumulate(loss, { weight: size });
    return new Map([...sums, [this.#part, this.#part.add(1)]]);
  }

  /** The updates of the step that follows all parts. */
  apply(): Updates {
    return new Map([...this.#accumulator.apply(), [this.#part, full(0, [], "i32")]]);
  }

  /** Compiles a step of `rows` samples. */
  async compile(rows: number, { part, apply }: PartPrograms): Promise<CompiledStep> {
    const programs = new Map<number, CompiledStep>();
    const sizes = this.sizesOf(rows);
    for (const size of new Set(sizes)) programs.set(size, await part(size));
    const last = await apply();
    const all = [...programs.values(), last];
    const [{ plan }] = all.toSorted((a, b) => temporaryBytes(b.plan) - temporaryBytes(a.plan)) as [
      CompiledStep,
    ];
    return {
      plan,
      run: async () => {
        for (const size of sizes) await programs.get(size)!.run();
        await last.run();
      },
      [Symbol.dispose]: () => all.forEach((program) => program[Symbol.dispose]()),
    };
  }

  /** Frees the device memory of the sums. */
  [Symbol.dispose](): void {
    this.#accumulator[Symbol.dispose]();
    this.#part[Symbol.dispose]();
  }
}
