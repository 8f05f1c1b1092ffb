import {
  type Backend,
  type DeviceBuffer,
  GraphError,
  type HostArray,
  type HostData,
  type Node,
  type TensorType,
  variable,
} from "../graph/mod.ts";
import { type BufferHolder, holderOf, setHolder } from "./binding.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import { checkHostArray, hostArray } from "../graph/host_array.ts";
import { rememberValues } from "./_shown_values.ts";
import { Tensor } from "./tensor.ts";

/** Returns the variable that a node belongs to. */
export function variableOf(node: Node): Variable {
  const holder = holderOf(node);
  if (holder instanceof Variable) return holder;
  throw new Error("Internal: the memory of a node is not owned by a Variable");
}

/**
 * A value that stays on the device between runs and that a compiled step can update: a parameter,
 * an optimizer's momentum, a counter. It moves to the first backend that uses it, and stays there
 * until `moveToHost` or disposal.
 */
export class Variable extends Tensor implements BufferHolder, Disposable {
  /** Name in error messages, checkpoints, and device labels. */
  readonly name: string;
  /** Dtype and shape of the value. */
  readonly type: TensorType;
  readonly #initial: () => HostArray;
  /** The value while it is on the host: the last assigned one, or the initial one once computed. */
  #host: HostArray | undefined;
  #buffer: DeviceBuffer | undefined;
  #backend: Backend | undefined;
  #disposed = false;

  /**
   * `initial` is called for the initial value when it is first needed. Default: zeros.
   * @throws {TypeError} if `type` is a tensor instead of a type
   */
  constructor(name: string, type: TensorType, initial?: () => HostArray) {
    // a tensor has the fields of a type, so PyTorch's Parameter(ones(2)) would start with zeros
    if (type instanceof Tensor) {
      throw new TypeError(
        `Cannot make "${name}": its type must be such as f32([2]): current is a Tensor`,
      );
    }
    super(variable(name, type));
    this.name = name;
    this.type = this.node.type;
    this.#initial = initial ?? (() => hostArray(type));
    setHolder(this.node, this);
  }

  /**
   * Returns the device buffer of the value on this backend; the first call allocates and fills it.
   * @throws {GraphError} if the value is on another backend, or has been disposed
   */
  bufferOn(backend: Backend): DeviceBuffer {
    this.#alive();
    if (this.#buffer && this.#backend !== backend) {
      throw new GraphError(
        `Cannot use "${this.name}" on this ${backend.name} backend: it is on another ` +
          `${this.#backend?.name} backend: call await moveToHost() first`,
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

  /** Sets the value to a copy of `data`. */
  assign(data: HostArray): void {
    this.#alive();
    const value = this.#checked(data);
    if (this.#buffer) this.#buffer.write(value);
    else this.#host = value.slice();
  }

  /** Moves the value to the host and frees the device memory. */
  async moveToHost(): Promise<void> {
    const value = await this.data();
    this.#release();
    this.#host = value;
  }

  /** Copies the current value to the host. */
  override async data(_options?: EvaluateOptions): Promise<HostData> {
    const [data] = await readVariables([this]);
    rememberValues(this.node, data!);
    return data as HostData;
  }

  /** Returns a copy of the value if it is on the host, and `undefined` if it is on a device. */
  hostValue(): HostArray | undefined {
    this.#alive();
    if (this.#buffer) return undefined;
    this.#host ??= this.#checked(this.#initial()).slice();
    return this.#host.slice();
  }

  /** The backend that the value is on, or `undefined` if it is on the host. */
  get backend(): Backend | undefined {
    return this.#backend;
  }

  /** Frees the memory. The variable cannot be used afterwards. */
  [Symbol.dispose](): void {
    this.#release();
    this.#host = undefined;
    this.#disposed = true;
  }

  #alive(): void {
    if (this.#disposed) {
      throw new GraphError(`Cannot use "${this.name}": it has been disposed`);
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

/** A trainable variable. */
export class Parameter extends Variable {}

/** Copies the current values of variables to the host, with one read per backend. */
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
