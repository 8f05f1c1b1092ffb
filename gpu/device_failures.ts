import { DeviceError, DeviceLostError, OutOfMemoryError } from "../graph/errors.ts";

/** After an error, the loss of the device that caused it is announced within so long. */
const LOSS_MS = 50;

/**
 * What went wrong on a device since the last look. WebGPU reports errors later than
 * the call that made them; the next call of the backend throws them.
 */
export class DeviceFailures {
  #pending: DeviceError | undefined;
  #lost: string | undefined;
  readonly #loss: Promise<void>;
  #expectLoss = false;

  /** Listens to the device. */
  constructor(device: GPUDevice) {
    device.addEventListener("uncapturederror", (event) => {
      if (!(event instanceof GPUUncapturedErrorEvent)) return;
      event.preventDefault();
      this.report(errorFrom(event.error, "use the device"));
    });
    this.#loss = device.lost.then(({ reason, message }) => {
      if (!this.#expectLoss) this.#lost = `${reason}${message ? ` (${message})` : ""}`;
    });
  }

  /** Keeps the first error for the next `check`. */
  report(error: DeviceError): void {
    this.#pending ??= error;
  }

  /** Waits until it is known whether the device was lost, after something else failed on it. */
  async settle(): Promise<void> {
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, LOSS_MS);
    await Promise.race([this.#loss, limit.promise]);
    clearTimeout(timer);
  }

  /** The device is about to be destroyed by its owner. */
  expectLoss(): void {
    this.#expectLoss = true;
  }

  /** Throws if the device is lost; `action` completes "Cannot …". */
  checkLoss(action: string): void {
    if (this.#lost === undefined) return;
    throw new DeviceLostError(`Cannot ${action}: the device is lost: current ${this.#lost}`);
  }

  /** Throws if the device is lost, or what was reported since the last look. */
  check(action: string): void {
    this.checkLoss(action);
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

/** An error of WebGPU's own as one of ours; any other as it is. */
export function typedError(error: unknown, action: string): unknown {
  if (!(error instanceof DOMException)) return error;
  return new DeviceError(`Cannot ${action}: ${error.message}`, { cause: error });
}

/** Runs `make` and gives what it made and the first error that the device found in it. */
export function inScope<Made>(
  device: GPUDevice,
  action: string,
  make: () => Made,
): { readonly made: Made; readonly error: Promise<DeviceError | undefined> } {
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  let made: Made;
  let errors: Promise<(GPUError | null)[]>;
  try {
    made = make();
  } catch (error) {
    throw typedError(error, action);
  } finally {
    errors = Promise.all([device.popErrorScope(), device.popErrorScope()]);
    errors.catch(() => {});
  }
  const error = errors.then(
    ([validation, memory]) => {
      const found = validation ?? memory;
      return found ? errorFrom(found, action) : undefined;
    },
    () => undefined, // A lost device answers no scope; `device.lost` says so.
  );
  return { made, error };
}
