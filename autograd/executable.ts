import {
  type Backend,
  type DeviceBuffer,
  type Executable,
  type Graph,
  GraphError,
  type HostArray,
  lower,
  type Lowered,
  type Plan,
  verify,
} from "../graph/mod.ts";
import { holderOf } from "./binding.ts";

/** A compiled graph: its plan, bound to buffers of variables, inputs, and outputs. */
export class BoundGraph implements Disposable {
  readonly plan: Plan;
  readonly #backend: Backend;
  readonly #executable: Executable;
  readonly #owned: readonly DeviceBuffer[];
  readonly #inputs: ReadonlyMap<string, DeviceBuffer>;
  readonly #outputs: readonly DeviceBuffer[];
  readonly #notGiven: Set<string>;
  /** For each output, whether it is u8 in the graph; kernels write u8 values as i32. */
  readonly #isBytes: readonly boolean[];
  #hasRun = false;

  private constructor(backend: Backend, graph: Graph, executable: Executable, buffers: Buffers) {
    this.plan = executable.plan;
    this.#backend = backend;
    this.#executable = executable;
    this.#owned = buffers.owned;
    this.#inputs = buffers.inputs;
    this.#outputs = buffers.outputs;
    this.#notGiven = new Set(buffers.inputs.keys());
    this.#isBytes = graph.outputs.map(({ type }) => type.dtype === "u8");
  }

  /** Lowers the graph, binds its buffers and compiles it. */
  static async create(graph: Graph, backend: Backend, label: string): Promise<BoundGraph> {
    verify(graph);
    const lowered = lower(graph, backend.limits, label);
    const owned: DeviceBuffer[] = [];
    try {
      const buffers = bind(lowered, backend, owned);
      const executable = await backend.compile(lowered.plan, buffers.bySlot);
      return new BoundGraph(backend, graph, executable, buffers);
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
    return values.map((value, i) => this.#isBytes[i] ? Uint8Array.from(value) : value);
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
function bind({ plan, externals }: Lowered, backend: Backend, owned: DeviceBuffer[]): Buffers {
  const bySlot = new Map<number, DeviceBuffer>();
  const inputs = new Map<string, DeviceBuffer>();
  const outputs: DeviceBuffer[] = [];
  for (const [slot, external] of externals) {
    const { type, label } = plan.slots[slot]!;
    if (external.kind === "variable") {
      bySlot.set(slot, holderOf(external.node).bufferOn(backend));
      continue;
    }
    const buffer = backend.allocate(type, label);
    owned.push(buffer);
    bySlot.set(slot, buffer);
    if (external.kind === "constant") buffer.write(external.data);
    if (external.kind === "input") inputs.set(external.name, buffer);
    if (external.kind === "output") outputs[external.index] = buffer;
  }
  return { bySlot, owned, inputs, outputs };
}
