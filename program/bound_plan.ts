import { GraphError } from "../graph/errors.ts";
import type { Backend, DeviceBuffer, Executable, Plan } from "../graph/plan.ts";
import type { DType, HostArray } from "../graph/types.ts";

/** What an external slot of a plan is bound to. */
export type Binding =
  /** A buffer of somebody else, such as that of a variable. */
  | { readonly kind: "buffer"; readonly buffer: DeviceBuffer }
  | { readonly kind: "input"; readonly name: string }
  /** A buffer that starts with these elements. */
  | { readonly kind: "constant"; readonly data: HostArray }
  | { readonly kind: "output"; readonly index: number };

/** A plan, and all that binds it to the outside. */
export interface PlanBindings {
  /** The program. */
  readonly plan: Plan;
  /** By number of the external slot. */
  readonly bindings: ReadonlyMap<number, Binding>;
  /** Dtype of each output, in order. Kernels write u8 values as i32. */
  readonly outputTypes: readonly DType[];
}

/** A compiled plan, bound to buffers of variables, inputs, constants, and outputs. */
export class BoundPlan implements Disposable {
  readonly plan: Plan;
  readonly #backend: Backend;
  readonly #executable: Executable;
  readonly #owned: readonly DeviceBuffer[];
  readonly #inputs: ReadonlyMap<string, DeviceBuffer>;
  readonly #outputs: readonly DeviceBuffer[];
  readonly #outputTypes: readonly DType[];
  readonly #notGiven: Set<string>;
  #hasRun = false;

  private constructor(
    backend: Backend,
    executable: Executable,
    { owned, inputs, outputs }: Buffers,
    outputTypes: readonly DType[],
  ) {
    this.plan = executable.plan;
    this.#backend = backend;
    this.#executable = executable;
    this.#owned = owned;
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.#outputTypes = outputTypes;
    this.#notGiven = new Set(inputs.keys());
  }

  /** Allocates the buffers of a plan and compiles it. */
  static async create(bindings: PlanBindings, backend: Backend): Promise<BoundPlan> {
    const owned: DeviceBuffer[] = [];
    try {
      const buffers = bind(bindings, backend, owned);
      const executable = await backend.compile(bindings.plan, buffers.bySlot);
      return new BoundPlan(backend, executable, buffers, bindings.outputTypes);
    } catch (error) {
      owned.forEach((buffer) => buffer[Symbol.dispose]());
      throw error;
    }
  }

  /** Copies a value to an input, for all following runs. Ignores inputs that no kernel reads. */
  write(name: string, data: HostArray): void {
    this.#inputs.get(name)?.write(data);
    this.#notGiven.delete(name);
  }

  /**
   * Submits one run.
   * @throws {GraphError} if an input has no value yet
   */
  run(): void {
    if (this.#notGiven.size > 0) {
      throw new GraphError(
        `Cannot run "${this.plan.label}": every input needs a value: missing: ` +
          [...this.#notGiven].map((name) => `"${name}"`).join(", "),
      );
    }
    this.#executable.run();
    this.#hasRun = true;
  }

  /**
   * Waits for all submitted runs and copies the outputs to the host, in order.
   * @throws {GraphError} before the first run
   */
  async read(): Promise<HostArray[]> {
    if (!this.#hasRun) {
      throw new GraphError(
        `Cannot read "${this.plan.label}": it has not run yet: call run() first`,
      );
    }
    const values = await this.#backend.read(this.#outputs);
    return values.map((value, i) => this.#outputTypes[i] === "u8" ? Uint8Array.from(value) : value);
  }

  /** Frees the executable and the buffers of inputs, constants and outputs. */
  [Symbol.dispose](): void {
    this.#executable[Symbol.dispose]();
    this.#owned.forEach((buffer) => buffer[Symbol.dispose]());
  }
}

interface Buffers {
  readonly bySlot: ReadonlyMap<number, DeviceBuffer>;
  readonly owned: readonly DeviceBuffer[];
  readonly inputs: ReadonlyMap<string, DeviceBuffer>;
  readonly outputs: readonly DeviceBuffer[];
}

/** Adds each buffer that it allocates to `owned`, so that the caller can free them if it throws. */
function bind(
  { plan, bindings }: PlanBindings,
  backend: Backend,
  owned: DeviceBuffer[],
): Buffers {
  const bySlot = new Map<number, DeviceBuffer>();
  const inputs = new Map<string, DeviceBuffer>();
  const outputs: DeviceBuffer[] = [];
  for (const [slot, binding] of bindings) {
    if (binding.kind === "buffer") {
      bySlot.set(slot, binding.buffer);
      continue;
    }
    const { type, label } = plan.slots[slot]!;
    const buffer = backend.allocate(type, label);
    owned.push(buffer);
    bySlot.set(slot, buffer);
    if (binding.kind === "constant") buffer.write(binding.data);
    if (binding.kind === "input") inputs.set(binding.name, buffer);
    if (binding.kind === "output") outputs[binding.index] = buffer;
  }
  return { bySlot, owned, inputs, outputs };
}
