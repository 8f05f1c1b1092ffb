import { DeviceError, DeviceLostError, OutOfMemoryError } from "../graph/errors.ts";

/**
 * What went wrong on a device since the last look. WebGPU reports errors later than
 * the call that made them; the next call of the backend throws them.
 */
export class DeviceFailures {
  #pending: DeviceError | undefined;
  #lost: string | undefined;
  #expectLoss = false;

  /** Listens to the device. */
  constructor(device: GPUDevice) {
    device.addEventListener("uncapturederror", (event) => {
      if (!(event instanceof GPUUncapturedErrorEvent)) return;
      event.preventDefault();
      this.report(errorFrom(event.error, "use the device"));
    });
    device.lost.then(({ reason, message }) => {
      if (!this.#expectLoss) this.#lost = `${reason}${message ? ` (${message})` : ""}`;
    });
  }

  /** Keeps the first error for the next `check`. */
  report(error: DeviceError): void {
    this.#pending ??= error;
  }

  /** The device is about to be destroyed by its owner. */
  expectLoss(): void {
    this.#expectLoss = true;
  }

  /** Throws what was reported; `action` completes "Cannot …". */
  check(action: string): void {
    if (this.#lost !== undefined) {
      throw new DeviceLostError(`Cannot ${action}: the device is lost: current ${this.#lost}`);
    }
    const error = this.#pending;
    this.#pending = undefined;
    if (error) throw error;
  }
}

/** A WebGPU error as an error of ours; `action` completes "Cannot …". */
export function errorFrom(error: GPUError, action: string): DeviceError {
  const message = `Cannot ${action}: ${error.message}`;
  return error instanceof GPUOutOfMemoryError
    ? new OutOfMemoryError(message)
    : new DeviceError(message);
}

/** Runs `make` and gives what it made and the first error that the device found in it. */
export function inScope<Made>(
  device: GPUDevice,
  action: string,
  make: () => Made,
): { readonly made: Made; readonly error: Promise<DeviceError | undefined> } {
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  const made = make();
  const errors = Promise.all([device.popErrorScope(), device.popErrorScope()]);
  const error = errors.then(
    ([validation, memory]) => {
      const found = validation ?? memory;
      return found ? errorFrom(found, action) : undefined;
    },
    () => undefined, // A lost device answers no scope; `device.lost` says so.
  );
  return { made, error };
}
