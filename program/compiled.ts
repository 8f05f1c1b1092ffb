import { GraphError } from "../graph/errors.ts";
import { checkHostArray } from "../graph/host_array.ts";
import type { Plan } from "../graph/plan.ts";
import type { HostArray, HostData, TensorType } from "../graph/types.ts";
import type { BoundPlan } from "./bound_plan.ts";

/** A compiled function. A run is one submission to the device; it allocates and reads nothing. */
export class Compiled<I extends string, O extends string> implements Disposable {
  readonly #bound: BoundPlan;
  readonly #inputs: Readonly<Record<I, TensorType>>;
  readonly #names: readonly O[];

  /** Use `compile` or `loadProgram`. */
  constructor(bound: BoundPlan, inputs: Readonly<Record<I, TensorType>>, names: readonly O[]) {
    this.#bound = bound;
    this.#inputs = inputs;
    this.#names = names;
  }

  /** The plan that runs on the device. */
  get plan(): Plan {
    return this.#bound.plan;
  }

  /** Type of each input, by name. */
  get inputs(): Readonly<Record<I, TensorType>> {
    return this.#inputs;
  }

  /** Names of the outputs, in order. */
  get outputs(): readonly O[] {
    return this.#names;
  }

  /**
   * Submits one run. Inputs that are not given keep their last values.
   * @throws {GraphError} if there is no input of a given name, or an input has no value yet
   * @throws {ShapeError} if an array does not have the element type or length of its input
   */
  run(inputs: Partial<Readonly<Record<I, HostArray>>> = {}): void {
    for (const name in inputs) this.#write(name, inputs[name]);
    this.#bound.run();
  }

  /**
   * Copies a value to an input, for all following runs.
   * @throws {GraphError} if there is no input of this name
   * @throws {ShapeError} if the array does not have the element type or length of the input
   */
  write(name: I, data: HostArray): void {
    this.#write(name, data);
  }

  #write(name: I, data: HostArray | undefined): void {
    const type = Object.hasOwn(this.#inputs, name) ? this.#inputs[name] : undefined;
    if (!type) {
      throw new GraphError(
        `Cannot write input "${name}": there is no such input: the inputs are ${
          Object.keys(this.#inputs).join(", ")
        }`,
      );
    }
    checkHostArray(name, type, data);
    this.#bound.write(name, data);
  }

  /**
   * Waits for all submitted runs and copies the outputs to the host, in one round trip.
   * @throws {GraphError} before the first run
   */
  async read(): Promise<Record<O, HostData>> {
    const data = await this.#bound.read();
    const entries = this.#names.map((name, i) => [name, data[i]!] as const);
    return Object.fromEntries(entries) as Record<O, HostData>;
  }

  /** Frees the device memory of inputs, outputs, and temporaries, but not that of variables. */
  [Symbol.dispose](): void {
    this.#bound[Symbol.dispose]();
  }
}
