import { DeviceError } from "../graph/errors.ts";
import type { AdapterProfile } from "./adapter_table.ts";
import type { DeviceFailures } from "./device_failures.ts";
import type { DeviceMemory } from "./device_memory.ts";
import { PipelineCache } from "./pipelines.ts";

/** What buffers and executables share of an open device. */
export class GpuDevice {
  readonly device: GPUDevice;
  readonly profile: AdapterProfile;
  readonly memory: DeviceMemory;
  readonly failures: DeviceFailures;
  readonly pipelines: PipelineCache;
  #isDisposed = false;

  constructor(parts: {
    readonly device: GPUDevice;
    readonly profile: AdapterProfile;
    readonly memory: DeviceMemory;
    readonly failures: DeviceFailures;
  }) {
    this.device = parts.device;
    this.profile = parts.profile;
    this.memory = parts.memory;
    this.failures = parts.failures;
    this.pipelines = new PipelineCache(parts.device);
  }

  /** Throws if the device cannot be used any more, or failed since the last look. */
  check(action: string): void {
    if (this.#isDisposed) throw new DeviceError(`Cannot ${action}: the backend is disposed`);
    this.failures.check(action);
  }

  /** Frees every buffer and the device. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.failures.expectLoss();
    this.memory.destroyAll();
    this.device.destroy();
  }
}
