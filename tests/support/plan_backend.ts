import {
  type Backend,
  type BufferGroup,
  byteLength,
  copiedGroup,
  type DeviceBuffer,
  type Dispatch,
  elementCount,
  type Executable,
  type HostArray,
  type Limits,
  type Plan,
  type Slot,
  slotsReadBy,
  slotsWrittenBy,
  type TensorType,
} from "../../graph/mod.ts";
import { verifyUntrusted } from "../../graph/verify_untrusted.ts";
import { hostArray } from "../../graph/host_array.ts";
import { runPlan } from "../reference/plan_runner.ts";

/** What a plan meets on a small device: everything is split that can be. */
const tight: Limits = {
  slotsPerDispatch: 8,
  bytesPerSlot: 2 ** 27,
  longRow: 256,
  parallelRows: 16,
};

class PlanBuffer implements DeviceBuffer {
  readonly data: Float64Array;

  constructor(readonly type: TensorType, readonly label: string, readonly onDispose: () => void) {
    this.data = new Float64Array(elementCount(type.shape));
  }

  write(data: HostArray): void {
    if (data.length !== this.data.length) throw new Error(`"${this.label}" is of another length`);
    this.data.set(data);
  }

  [Symbol.dispose](): void {
    this.onDispose();
  }
}

/**
 * Runs plans in float64 on the host and trusts nothing: temporaries start as NaN and share
 * memory as the plan says, kernels of one dispatch and outer positions run backwards, and
 * a kernel that reads what its neighbour in the dispatch writes is refused.
 */
export class PlanBackend implements Backend {
  readonly name = "plan";
  readonly description = "plans in float64, one element after the other";
  readonly limits: Limits;
  readonly #live = new Set<PlanBuffer>();

  constructor(limits: Limits = tight) {
    this.limits = limits;
  }

  allocate(type: TensorType, label: string): DeviceBuffer {
    const buffer = new PlanBuffer(type, label, () => this.#live.delete(buffer));
    this.#live.add(buffer);
    return buffer;
  }

  allocateGroup(types: readonly TensorType[], label: string): BufferGroup {
    return copiedGroup(this, types, label);
  }

  compile(plan: Plan, buffers: ReadonlyMap<number, DeviceBuffer>): Promise<Executable> {
    verifyUntrusted(plan);
    plan.dispatches.forEach((dispatch) => checkSlotCount(dispatch, this.limits));
    const memories = plan.memories.map((bytes) => new Float64Array(Math.ceil(bytes / 4)).fill(NaN));
    const memory = plan.slots.map((slot, i) => elementsOf(slot, buffers.get(i), memories));
    return Promise.resolve({
      plan,
      run: () => {
        memories.forEach((elements) => elements.fill(NaN));
        runPlan(plan, memory);
      },
      [Symbol.dispose]: () => {},
    });
  }

  read(buffers: readonly DeviceBuffer[]): Promise<HostArray[]> {
    return Promise.resolve(buffers.map((buffer) => {
      const array = hostArray(buffer.type);
      array.set(dataOf(buffer));
      return array;
    }));
  }

  memory(): { liveBuffers: number; liveBytes: number } {
    const bytes = [...this.#live].map(({ type }) => byteLength(type));
    return { liveBuffers: bytes.length, liveBytes: bytes.reduce((a, b) => a + b, 0) };
  }

  [Symbol.dispose](): void {}
}

function dataOf(buffer: DeviceBuffer): Float64Array {
  if (buffer instanceof PlanBuffer) return buffer.data;
  throw new Error(`"${buffer.label}" is a buffer of another backend`);
}

function elementsOf(
  slot: Slot,
  buffer: DeviceBuffer | undefined,
  memories: readonly Float64Array[],
): Float64Array {
  if (slot.kind === "temporary") {
    const memory = memories[slot.memory]!;
    const count = elementCount(slot.type.shape);
    if (count > memory.length) throw new Error(`"${slot.label}" does not fit in its memory`);
    return memory.subarray(0, count);
  }
  if (slot.kind === "window") return new Float64Array(0); // the runner finds its elements
  if (!buffer) throw new Error(`"${slot.label}" has no buffer`);
  return dataOf(buffer);
}

function checkSlotCount({ kernels }: Dispatch, { slotsPerDispatch }: Limits): void {
  const all = kernels.flatMap((kernel) => [...slotsReadBy(kernel), ...slotsWrittenBy(kernel)]);
  const { size } = new Set(all);
  if (size > slotsPerDispatch) {
    throw new Error(`${size} slots in one dispatch, ${slotsPerDispatch} are allowed`);
  }
}
