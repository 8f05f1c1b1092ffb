import { GraphError } from "../graph/errors.ts";
import { copiedGroup } from "../graph/buffer_group.ts";
import type {
  Backend,
  BufferGroup,
  DeviceBuffer,
  Executable,
  Limits,
  MemoryUse,
  Plan,
} from "../graph/plan.ts";
import { byteLength, type HostArray, type TensorType } from "../graph/types.ts";
import type { AdapterClass } from "./adapter_class.ts";
import { GpuDeviceBuffer } from "./device_buffer.ts";
import { GpuExecutable } from "./executable.ts";
import type { GpuDevice } from "./gpu_device.ts";
import { toHost } from "./host_data.ts";
import { MOST_BINDINGS, MOST_KERNEL_BUFFERS } from "./launch.ts";
import { Readback } from "./readback.ts";

/** Information about the adapter of a backend. */
export interface AdapterInfo {
  /** The driver's description, for example `"llvmpipe (LLVM 15.0.6, 256 bits)"`. */
  readonly description: string;
  /** The vendor, as reported by the browser or driver. May be empty. */
  readonly vendor: string;
  /** The device family. May be empty. */
  readonly architecture: string;
  /** Whether the adapter computes on the CPU. */
  readonly isFallbackAdapter: boolean;
  /** The class of adapters that kernels are tuned for. */
  readonly adapterClass: AdapterClass;
}

/** Live memory of a `GpuBackend`. */
export interface GpuMemoryUse extends MemoryUse {
  /** Bytes of staging buffers for readback, which belong to no buffer or executable. */
  readonly stagingBytes: number;
}

/** A backend that runs plans through WebGPU. */
export interface GpuBackend extends Backend {
  /** The name of the backend. */
  readonly name: "gpu";
  /** The adapter that was chosen. */
  readonly adapter: AdapterInfo;
  /** Live buffers and bytes, including staging buffers for readback. */
  memory(): GpuMemoryUse;
}

/** The WebGPU backend of an open device. */
export class WebGpuBackend implements GpuBackend {
  readonly name = "gpu";
  readonly adapter: AdapterInfo;
  readonly description: string;
  readonly limits: Limits;
  readonly #gpu: GpuDevice;
  readonly #readback: Readback;

  constructor(gpu: GpuDevice, adapter: AdapterInfo) {
    const { limits } = gpu.device;
    this.adapter = adapter;
    this.description = `WebGPU: ${nameOf(adapter)}`;
    this.limits = {
      slotsPerDispatch: Math.min(MOST_BINDINGS, limits.maxStorageBuffersPerShaderStage),
      slotsPerKernel: MOST_KERNEL_BUFFERS,
      bytesPerSlot: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize),
      longRow: gpu.profile.longRow,
      parallelRows: gpu.profile.parallelRows,
    };
    this.#gpu = gpu;
    this.#readback = new Readback(gpu.device);
  }

  /** Probes for the fastest way to read from this device. */
  prepare(): Promise<void> {
    return this.#gpu.during("open the device", () => this.#readback.probe());
  }

  allocate(type: TensorType, label: string): DeviceBuffer {
    this.#gpu.check(`allocate "${label}"`);
    return new GpuDeviceBuffer(this.#gpu, type, label);
  }

  allocateGroup(types: readonly TensorType[], label: string): BufferGroup {
    return copiedGroup(this, types, label);
  }

  compile(plan: Plan, buffers: ReadonlyMap<number, DeviceBuffer>): Promise<Executable> {
    return GpuExecutable.compile(this.#gpu, plan, buffers);
  }

  read(buffers: readonly DeviceBuffer[]): Promise<HostArray[]> {
    const action = `read ${buffers.map(({ label }) => `"${label}"`).join(", ")}`;
    return this.#gpu.during(action, () => this.#read(buffers, action));
  }

  async #read(buffers: readonly DeviceBuffer[], action: string): Promise<HostArray[]> {
    const parts = buffers.map((buffer) => {
      if (!(buffer instanceof GpuDeviceBuffer) || !buffer.belongsTo(this.#gpu)) {
        throw new GraphError(`Cannot ${action}: "${buffer.label}" belongs to another backend`);
      }
      const words = Math.ceil(byteLength(buffer.type) / 4);
      return { buffer: buffer.use(action), byteLength: 4 * words };
    });
    const results = await this.#readback.read(parts);
    this.#gpu.check(action);
    return results.map((bytes, i) =>
      toHost(buffers[i]?.type ?? { dtype: "u8", shape: [0] }, bytes)
    );
  }

  memory(): GpuMemoryUse {
    return { ...this.#gpu.memory.use, stagingBytes: this.#readback.stagingBytes };
  }

  [Symbol.dispose](): void {
    this.#readback.dispose();
    this.#gpu.dispose();
  }
}

/** Browsers give a vendor and an architecture, but no description. */
function nameOf({ description, vendor, architecture }: AdapterInfo): string {
  return description || [vendor, architecture].filter((part) => part).join(" ") ||
    "unnamed adapter";
}
