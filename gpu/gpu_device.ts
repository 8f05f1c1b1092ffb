import { DeviceError } from "../graph/errors.ts";
import type { AdapterProfile } from "./adapter_profile.ts";
import { type DeviceFailures, typedError } from "./device_failures.ts";
import type { DeviceMemory } from "./device_memory.ts";
import { PipelineCache } from "./pipelines.ts";

/** An open device and the state that its buffers and executables share. */
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

  /** Throws if the device is disposed or lost, or reported an error since the last check. */
  check(action: string): void {
    this.#checkPresence(action);
    this.failures.check(action);
  }

  #checkPresence(action: string): void {
    if (this.#isDisposed) throw new DeviceError(`Cannot ${action}: the backend is disposed`);
    this.failures.checkLoss(action);
  }

  /**
   * Runs asynchronous work. If the device is lost in the meantime, throws that error instead of the
   * work's own, because WebGPU reports the loss of a device after the errors it causes.
   */
  async during<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
    this.check(action);
    try {
      return await work();
    } catch (cause) {
      const error = typedError(cause, action);
      if (error instanceof DeviceError) {
        await this.failures.settle();
        this.#checkPresence(action);
      }
      throw error;
    }
  }

  /** Destroys every buffer and the device. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.failures.expectLoss();
    this.memory.destroyAll();
    this.device.destroy();
  }
}
