import { DeviceError } from "../graph/errors.ts";
import type { DeviceBuffer } from "../graph/plan.ts";
import { byteLength, type HostArray, type TensorType } from "../graph/types.ts";
import { typedError } from "./device_failures.ts";
import type { GpuDevice } from "./gpu_device.ts";
import { toDevice } from "./host_data.ts";

/** One value in device memory: a whole `GPUBuffer`. */
export class GpuDeviceBuffer implements DeviceBuffer {
  readonly label: string;
  readonly type: TensorType;
  readonly #gpu: GpuDevice;
  #buffer: GPUBuffer | undefined;

  constructor(gpu: GpuDevice, type: TensorType, label: string) {
    this.#gpu = gpu;
    this.type = type;
    this.label = label;
    this.#buffer = gpu.memory.create(label, byteLength(type));
  }

  /** Whether this device created the buffer. */
  belongsTo(gpu: GpuDevice): boolean {
    return this.#gpu === gpu;
  }

  /** Returns the buffer, or throws if it is disposed; `action` completes "Cannot …". */
  use(action: string): GPUBuffer {
    if (this.#buffer) return this.#buffer;
    throw new DeviceError(`Cannot ${action}: buffer "${this.label}" is disposed`);
  }

  write(data: HostArray): void {
    const action = `write "${this.label}"`;
    this.#gpu.check(action);
    const bytes = toDevice(this.type, data, this.label);
    const buffer = this.use(action);
    if (bytes.length === 0) return; // Deno aborts on empty writes
    try {
      this.#gpu.device.queue.writeBuffer(buffer, 0, bytes);
    } catch (error) {
      throw typedError(error, action);
    }
  }

  [Symbol.dispose](): void {
    if (this.#buffer) this.#gpu.memory.destroy(this.#buffer);
    this.#buffer = undefined;
  }
}
