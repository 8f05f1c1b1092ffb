import {
  type Backend,
  type DeviceBuffer,
  GraphError,
  type HostArray,
  type Node,
  type TensorType,
  variable,
} from "../graph/mod.ts";
import { type BufferHolder, holderOf, setHolder } from "./binding.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import { checkHostArray, hostArray } from "./host_array.ts";
import { Tensor } from "./tensor.ts";

/** The variable that owns this node. */
export function variableOf(node: Node): Variable {
  const holder = holderOf(node);
  if (holder instanceof Variable) return holder;
  throw new Error("Internal: memory of a node that no Variable holds");
}

/**
 * A value that stays on the device between runs and that a compiled step may update:
 * a parameter, a moment of an optimizer, a counter. It lives on the first backend that
 * needs it, until it is disposed of.
 */
export class Variable extends Tensor implements BufferHolder, Disposable {
  /** Its name, for messages, checkpoints and device labels. */
  readonly name: string;
  /** Element type and shape of the value. */
  readonly type: TensorType;
  readonly #initial: () => HostArray;
  /** While it is on the host: what was assigned, or the first value once it was asked for. */
  #host: HostArray | undefined;
  #buffer: DeviceBuffer | undefined;
  #backend: Backend | undefined;
  #disposed = false;

  /** `initial` gives the first value (zeros unless told) when it is first needed. */
  constructor(name: string, type: TensorType, initial?: () => HostArray) {
    super(variable(name, type));
    this.name = name;
    this.type = this.node.type;
    this.#initial = initial ?? (() => hostArray(type));
    setHolder(this.node, this);
  }

  /**
   * The device buffer that holds the value on this backend.
   * @throws {GraphError} if the value lives on another backend, or is disposed of
   */
  bufferOn(backend: Backend): DeviceBuffer {
    this.#alive();
    if (this.#buffer && this.#backend !== backend) {
      throw new GraphError(
        `Cannot use "${this.name}" on this ${backend.name} backend: a value lives on one at a ` +
          `time: it is on another ${this.#backend?.name} backend: await moveToHost() first`,
      );
    }
    if (!this.#buffer) {
      const value = this.#host ?? this.#checked(this.#initial());
      this.#buffer = backend.allocate(this.type, this.name);
      this.#backend = backend;
      this.#buffer.write(value);
      this.#host = undefined;
    }
    return this.#buffer;
  }

  /** Gives the variable a new value, a copy of `data`. */
  assign(data: HostArray): void {
    this.#alive();
    const value = this.#checked(data);
    if (this.#buffer) this.#buffer.write(value);
    else this.#host = value.slice();
  }

  /** Takes the value back to the host and frees the device memory. */
  async moveToHost(): Promise<void> {
    const value = await this.data();
    this.#release();
    this.#host = value;
  }

  /** The current value, copied to the host. */
  override async data(_options?: EvaluateOptions): Promise<HostArray> {
    const [data] = await readVariables([this]);
    return data!;
  }

  /** A copy of the value while it is not on a device yet. */
  hostValue(): HostArray | undefined {
    this.#alive();
    if (this.#buffer) return undefined;
    this.#host ??= this.#checked(this.#initial()).slice();
    return this.#host.slice();
  }

  /** The backend where the value lives now. */
  get backend(): Backend | undefined {
    return this.#backend;
  }

  /** Frees the device memory; the value is lost, and there will be no other. */
  [Symbol.dispose](): void {
    this.#release();
    this.#host = undefined;
    this.#disposed = true;
  }

  #alive(): void {
    if (this.#disposed) {
      throw new GraphError(`Cannot use "${this.name}": its value is lost: it is disposed of`);
    }
  }

  #release(): void {
    this.#buffer?.[Symbol.dispose]();
    this.#buffer = undefined;
    this.#backend = undefined;
  }

  #checked(data: HostArray): HostArray {
    checkHostArray(this.name, this.type, data);
    return data;
  }
}

/** A variable that is trained. */
export class Parameter extends Variable {}

/** The current values of variables, with one read for each backend. */
export async function readVariables(list: readonly Variable[]): Promise<HostArray[]> {
  const result: (HostArray | undefined)[] = list.map((item) => item.hostValue());
  const backends = new Set(list.flatMap(({ backend }) => backend ? [backend] : []));
  for (const backend of backends) {
    const here = list.flatMap((item, i) => item.backend === backend ? [i] : []);
    const data = await backend.read(here.map((i) => list[i]!.bufferOn(backend)));
    here.forEach((i, k) => result[i] = data[k]);
  }
  return result.map((data) => data!);
}
