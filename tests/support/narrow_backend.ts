import type {
  Backend,
  BufferGroup,
  DeviceBuffer,
  Executable,
  HostArray,
  Limits,
  MemoryUse,
  Plan,
  TensorType,
} from "../../graph/mod.ts";

/** A backend whose limits are said to be narrower than they are: what a smaller device gets. */
export class NarrowBackend implements Backend {
  readonly name: string;
  readonly description: string;
  readonly limits: Limits;
  readonly #backend: Backend;

  constructor(backend: Backend, limits: Partial<Limits>) {
    this.#backend = backend;
    this.name = backend.name;
    this.description = backend.description;
    this.limits = { ...backend.limits, ...limits };
  }

  allocate(type: TensorType, label: string): DeviceBuffer {
    return this.#backend.allocate(type, label);
  }

  allocateGroup(types: readonly TensorType[], label: string): BufferGroup {
    return this.#backend.allocateGroup(types, label);
  }

  compile(plan: Plan, buffers: ReadonlyMap<number, DeviceBuffer>): Promise<Executable> {
    return this.#backend.compile(plan, buffers);
  }

  read(buffers: readonly DeviceBuffer[]): Promise<HostArray[]> {
    return this.#backend.read(buffers);
  }

  memory(): MemoryUse {
    return this.#backend.memory();
  }

  /** The backend behind it belongs to whoever made it. */
  [Symbol.dispose](): void {}
}
