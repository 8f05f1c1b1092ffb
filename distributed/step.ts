import { setHolder } from "../autograd/binding.ts";
import { bindGraph } from "../autograd/executable.ts";
import type { BoundPlan } from "../program/bound_plan.ts";
import { resolveBackend, type Tensor, trace, type Traced, Variable } from "../autograd/mod.ts";
import {
  anything,
  type Backend,
  type BufferGroup,
  checkOptions,
  type Graph,
  GraphError,
  type HostArray,
  type HostData,
  type Node,
  oneOf,
  optional,
  type OptionRules,
  type Pass,
  pipeline,
  type Plan,
  temporaryBytes,
  type TensorType,
} from "../graph/mod.ts";
import { checkHostArray } from "../graph/host_array.ts";
import { ofThisRank } from "./collective.ts";
import { checkCommunicator, type Communicator } from "./communicator.ts";
import { checkReplicated, sumGradients, withoutMarkers } from "./data_parallel.ts";
import { split } from "./split.ts";

/** Options for `compileDistributed`. */
export interface CompileDistributedOptions {
  /** Connects this process to the other ranks. */
  readonly communicator: Communicator;
  /** Backend to compile for. Default: the one set by `setBackend`. */
  readonly backend?: Backend;
  /** Passes to apply after the gradients are summed, in order: for example G-SGD. Default: none. */
  readonly passes?: readonly Pass[];
  /**
   * "summed" (default): each gradient is summed over the ranks where it is marked. "local": it is
   * not, because a later program sums what is made of it.
   */
  readonly gradients?: "summed" | "local";
  /** Variables whose values may differ between ranks. Default: none. */
  readonly local?: readonly Variable[];
  /** Name in error messages and profiles. Default: "distributed". */
  readonly label?: string;
}

const optionRules: OptionRules<CompileDistributedOptions> = {
  communicator: anything,
  backend: optional(anything),
  passes: optional(anything),
  gradients: optional(oneOf(["summed", "local"])),
  local: optional(anything),
  label: optional(anything),
};

/** A compiled phase, and the values to sum after it. */
interface CompiledPhase {
  readonly bound: BoundPlan;
  readonly sums: BufferGroup | undefined;
}

/** A function compiled for one of several ranks. All of them must run it together. */
export class DistributedStep<I extends string, O extends string> implements Disposable {
  readonly #communicator: Communicator;
  readonly #inputs: Readonly<Record<I, TensorType>>;
  readonly #names: readonly O[];
  readonly #phases: readonly CompiledPhase[];
  readonly #owned: readonly Disposable[];

  /** Use `compileDistributed`. */
  constructor(
    communicator: Communicator,
    { inputs, outputs }: { inputs: Readonly<Record<I, TensorType>>; outputs: readonly O[] },
    { phases, owned }: CompiledPhases,
  ) {
    this.#communicator = communicator;
    this.#inputs = inputs;
    this.#names = outputs;
    this.#phases = phases;
    this.#owned = owned;
  }

  /** The plan of the part between two exchanges that takes the most memory. */
  get plan(): Plan {
    const plans = this.#phases.map(({ bound }) => bound.plan);
    return plans.reduce((a, b) => temporaryBytes(b) > temporaryBytes(a) ? b : a);
  }

  /**
   * Runs the function together with the other ranks. Inputs that are not given keep their values.
   * @throws {GraphError} if there is no input of a given name, or an input has no value yet
   * @throws {ShapeError} if an array does not have the element type or length of its input
   */
  async run(inputs: Partial<Readonly<Record<I, HostArray>>> = {}): Promise<void> {
    for (const name in inputs) this.#write(name, inputs[name]);
    for (const { bound, sums } of this.#phases) {
      bound.run();
      await sums?.exchange((elements) => this.#communicator.sum(elements));
    }
  }

  #write(name: I, data: HostArray | undefined): void {
    const type = Object.hasOwn(this.#inputs, name) ? this.#inputs[name] : undefined;
    if (!type) throw new GraphError(`Cannot write input "${name}": there is no such input`);
    checkHostArray(name, type, data);
    for (const { bound } of this.#phases) bound.write(name, data);
  }

  /**
   * Waits for all submitted runs and copies the outputs to the host, in one round trip.
   * @throws {GraphError} before the first run
   */
  async read(): Promise<Record<O, HostData>> {
    const data = await this.#phases.at(-1)!.bound.read();
    const entries = this.#names.map((name, i) => [name, data[i]!] as const);
    return Object.fromEntries(entries) as Record<O, HostData>;
  }

  /** Frees the device memory of inputs, outputs, and temporaries, but not that of variables. */
  [Symbol.dispose](): void {
    this.#owned.forEach((part) => part[Symbol.dispose]());
  }
}

/**
 * Compiles a function for one of several ranks, each of which computes a part of a batch. Inputs
 * may differ between ranks. Gradients are summed over the ranks, so the loss of a rank must be its
 * share of the loss of the batch; any other sum is taken by `sumOverRanks`. Updates and outputs must
 * be the same on all ranks.
 *
 * @example Two ranks in one process
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compileDistributed, inProcess, sumOverRanks } from "@gspace/gspace/distributed";
 * import { f32, openBackend } from "@gspace/gspace";
 *
 * const results = await inProcess(2, async (communicator) => {
 *   using backend = await openBackend("cpu");
 *   using mean = await compileDistributed(
 *     { x: f32([2]) },
 *     ({ x }) => ({ outputs: { mean: sumOverRanks(x.sum()).div(4) } }),
 *     { communicator, backend },
 *   );
 *   await mean.run({ x: communicator.rank === 0 ? Float32Array.of(1, 2) : Float32Array.of(3, 4) });
 *   return (await mean.read()).mean[0];
 * });
 * assertEquals(results, [2.5, 2.5]);
 * ```
 *
 * @throws {TypeError} if the function is async, or returns anything but `{ outputs, updates }`
 * @throws {GraphError} if an update or output could differ between ranks
 */
export async function compileDistributed<I extends string, O extends string>(
  inputs: Readonly<Record<I, TensorType>>,
  fn: (inputs: Readonly<Record<I, Tensor>>) => Traced<O>,
  options: CompileDistributedOptions,
): Promise<DistributedStep<I, O>> {
  checkOptions("compile for several ranks", options, optionRules);
  const { communicator, passes = [], gradients = "summed" } = options;
  checkCommunicator("compile for several ranks", communicator);
  const rankInputs = (symbols: Readonly<Record<I, Tensor>>) =>
    Object.fromEntries(
      Object.entries<Tensor>(symbols).map(([name, symbol]) => [name, ofThisRank(symbol)]),
    ) as Record<I, Tensor>;
  const traced = trace<I, O>(inputs, (symbols) => fn(rankInputs(symbols)));
  const all = gradients === "summed" ? [sumGradients, ...passes] : passes;
  const phases = await compilePhases(pipeline(...all)(traced.graph), options);
  return new DistributedStep<I, O>(communicator, traced, phases);
}

interface CompiledPhases {
  readonly phases: readonly CompiledPhase[];
  /** What to dispose with the step. */
  readonly owned: readonly Disposable[];
}

/** Checks that all ranks stay equal, cuts the graph where they communicate, and compiles the parts. */
async function compilePhases(
  graph: Graph,
  { backend: given, label = "distributed", local = [] }: CompileDistributedOptions,
): Promise<CompiledPhases> {
  const backend = resolveBackend(given);
  const plain = withoutMarkers(graph);
  checkReplicated(plain, new Set(local.map(({ node }) => node)));
  const made = new Map<Node, Variable>();
  const { phases, kept } = split(plain, (name, type) => {
    const variable = new Variable(name, type);
    made.set(variable.node, variable);
    return variable.node;
  });
  const owned: Disposable[] = kept.map((node) => made.get(node)!);
  try {
    const groups = phases.map(({ sums }) =>
      sums.length > 0 ? allocateSums(sums, backend, label) : undefined
    );
    owned.push(...groups.flatMap((group) => group ?? []));
    const compiled: CompiledPhase[] = [];
    for (const [i, phase] of phases.entries()) {
      const bound = await bindGraph(
        phase.graph,
        backend,
        i === 0 ? label : `${label} ${i}`,
      );
      owned.push(bound);
      compiled.push({ bound, sums: groups[i] });
    }
    return { phases: compiled, owned };
  } catch (error) {
    owned.forEach((part) => part[Symbol.dispose]());
    throw error;
  }
}

/** Allocates variables that are exchanged together. */
function allocateSums(nodes: readonly Node[], backend: Backend, label: string): BufferGroup {
  const group = backend.allocateGroup(nodes.map(({ type }) => type), `sums of ${label}`);
  nodes.forEach((node, i) => setHolder(node, { bufferOn: () => group.buffers[i]! }));
  return group;
}
