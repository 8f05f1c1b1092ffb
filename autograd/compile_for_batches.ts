import {
  anything,
  checkOption,
  checkOptions,
  elementCount,
  GraphError,
  type HostArray,
  type HostData,
  optional,
  type OptionRules,
  owned,
  positiveWhole,
  ShapeError,
  type TensorType,
} from "../graph/mod.ts";
import type { Compiled } from "../program/compiled.ts";
import { compile, type CompileOptions, type Traced } from "./compile.ts";
import type { Tensor } from "./tensor.ts";

/** The types of inputs by name. */
type Types<Names extends string> = Readonly<Record<Names, TensorType>>;

/** Options for `compileForBatches`. */
export interface BatchCompileOptions<S extends string = never> extends CompileOptions {
  /** Types of inputs without a batch axis, such as a temperature. Default: none. */
  readonly shared?: Readonly<Record<S, TensorType>>;
  /** Largest number of compiled steps to keep; the least recently used is freed. Default: 8. */
  readonly most?: number;
}

const rules: OptionRules<BatchCompileOptions<string>> = {
  backend: optional(anything),
  passes: optional(anything),
  label: optional(anything),
  shared: optional(anything),
  most: optional(positiveWhole),
};

/** The function that is compiled. */
type BatchFunction<I extends string, S extends string, O extends string> = (
  inputs: Readonly<Record<I | S, Tensor>>,
) => Traced<O>;

/** A function that is compiled for each size of its batches. */
export class CompiledForBatches<I extends string, S extends string, O extends string>
  implements Disposable {
  readonly #samples: Types<I>;
  readonly #shared: Types<S>;
  readonly #fn: BatchFunction<I, S, O>;
  readonly #options: CompileOptions;
  readonly #most: number;
  /** By number of rows, the least recently used one first. */
  readonly #steps = new Map<number, Compiled<I | S, O>>();
  readonly #sharedValues = new Map<string, HostArray>();
  /** Runs that wait for a compilation, in order. */
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #last: Compiled<I | S, O> | undefined;
  #isDisposed = false;

  /** Use `compileForBatches`. */
  constructor(samples: Types<I>, fn: BatchFunction<I, S, O>, options: BatchCompileOptions<S>) {
    const { shared, most = 8, ...rest } = options;
    this.#samples = samples;
    this.#shared = owned(shared ?? {}) as Types<S>;
    this.#fn = fn;
    this.#options = rest;
    this.#most = most;
  }

  /** Batch sizes that are compiled now, the least recently used one first. */
  get sizes(): readonly number[] {
    return [...this.#steps.keys()];
  }

  /**
   * Submits one run on a batch of any size, which is that of the arrays. Resolves when it is
   * submitted: at once, unless the size is new. Runs are submitted in the order of the calls.
   * Shared inputs that are not given keep their last values.
   * @throws {ShapeError} if the arrays are not batches of one size
   * @throws {GraphError} if an input is missing or unknown
   */
  async run(inputs: Readonly<Record<I, HostArray>> & Partial<Record<S, HostArray>>): Promise<void> {
    const rows = this.#rowsOf(inputs);
    if (this.#waiting === 0 && this.#steps.has(rows)) return this.#submit(rows, inputs);
    const copies = Object.fromEntries(
      Object.entries<HostArray>(inputs).map(([name, data]) => [name, data.slice()]),
    ) as typeof inputs;
    await this.#inOrder(async () => {
      await this.#prepare(rows);
      this.#submit(rows, copies);
    });
  }

  /** Compiles the step for batches of `rows` samples now, for example before a loop. */
  async prepare(rows: number): Promise<void> {
    checkOption("compile for a batch", { rows }, positiveWhole);
    await this.#inOrder(() => this.#prepare(rows));
  }

  /**
   * Waits for all runs and copies the outputs of the last one to the host.
   * @throws {GraphError} before the first run
   */
  async read(): Promise<Record<O, HostData>> {
    await this.#queue;
    if (this.#last) return await this.#last.read();
    throw new GraphError("Cannot read the outputs: nothing has run yet: call run() first");
  }

  /** Frees all compiled steps, but not the variables. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const step of this.#steps.values()) step[Symbol.dispose]();
    this.#steps.clear();
  }

  /** Does `task` after all earlier ones, whether they succeeded or not. */
  #inOrder(task: () => Promise<void>): Promise<void> {
    this.#waiting++;
    const done = this.#queue.then(task).finally(() => this.#waiting--);
    this.#queue = done.catch(() => {});
    return done;
  }

  async #prepare(rows: number): Promise<void> {
    if (this.#steps.has(rows)) return;
    const batched = Object.entries<TensorType>(this.#samples).map(([name, { dtype, shape }]) =>
      [name, { dtype, shape: [rows, ...shape] }] as const
    );
    const types = { ...Object.fromEntries(batched), ...this.#shared } as Types<I | S>;
    const step = await compile(types, this.#fn, this.#options);
    if (this.#isDisposed) {
      step[Symbol.dispose]();
      throw new GraphError("Cannot compile for a batch: the compiled function has been disposed");
    }
    this.#steps.set(rows, step);
    for (const [size, old] of this.#steps) {
      if (this.#steps.size <= this.#most) break;
      this.#steps.delete(size);
      old[Symbol.dispose]();
    }
  }

  #submit(rows: number, inputs: Partial<Readonly<Record<I | S, HostArray>>>): void {
    const step = this.#steps.get(rows)!;
    this.#steps.delete(rows);
    this.#steps.set(rows, step);
    this.#last = step;
    for (const name in this.#shared) {
      const given = inputs[name];
      if (given) this.#sharedValues.set(name, given.slice());
    }
    step.run({ ...Object.fromEntries(this.#sharedValues), ...inputs });
  }

  /** The number of samples, which must be the same in all arrays. */
  #rowsOf(inputs: Partial<Readonly<Record<string, HostArray>>>): number {
    const counts = Object.entries<TensorType>(this.#samples).map(([name, { shape }]) => {
      const data = inputs[name];
      if (!data) throw new GraphError(`Cannot run on a batch: the input "${name}" is missing`);
      return [name, data.length / elementCount(shape)] as const;
    });
    const [, rows] = counts[0]!;
    if (Number.isInteger(rows) && rows > 0 && counts.every(([, count]) => count === rows)) {
      return rows;
    }
    const list = counts.map(([name, count]) => `${count} of "${name}"`).join(", ");
    throw new ShapeError(
      "Cannot run on a batch: all inputs must have the same number of samples, at least 1: current " +
        `are ${list}`,
    );
  }
}

/**
 * Like `compile`, for batches of any size: `samples` are the types of one sample of each input,
 * without the batch axis. The function is traced and compiled again for each size that it is run
 * on, and the compiled steps are kept. All of them share variables, so a model can be trained on
 * batches of different sizes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compileForBatches, f32, openBackend } from "@gspace/gspace";
 *
 * using backend = await openBackend("cpu");
 * using mean = compileForBatches({ x: f32([2]) }, ({ x }) => ({ outputs: { y: x.mean(0) } }), {
 *   backend,
 * });
 * await mean.run({ x: Float32Array.of(1, 2, 3, 4) }); // two samples
 * await mean.run({ x: Float32Array.of(1, 2, 3, 4, 5, 9) }); // three
 * assertEquals([...(await mean.read()).y], [3, 5]);
 * assertEquals(mean.sizes, [2, 3]);
 * ```
 *
 * @throws {ShapeError} if no input has a batch axis, or a sample has no elements
 */
export function compileForBatches<I extends string, O extends string, S extends string = never>(
  samples: Readonly<Record<I, TensorType>>,
  fn: (inputs: Readonly<Record<I | S, Tensor>>) => Traced<O>,
  options: BatchCompileOptions<S> = {},
): CompiledForBatches<I, S, O> {
  checkOptions("compile for batches", options, rules);
  const types = Object.entries<TensorType>(samples);
  const empty = types.find(([, { shape }]) => elementCount(shape) === 0);
  if (types.length === 0 || empty) {
    throw new ShapeError(
      "Cannot compile for batches: there must be inputs, and their samples must have elements: " +
        `current is ${empty ? `"${empty[0]}" of no elements` : "no input"}`,
    );
  }
  return new CompiledForBatches(owned(samples), fn, options);
}
