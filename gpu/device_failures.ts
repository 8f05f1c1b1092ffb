import { DeviceError, DeviceLostError, OutOfMemoryError } from "../graph/errors.ts";

/** How long to wait after an error for WebGPU to report that the device was lost. */
const LOSS_MS = 50;

/**
 * Collects errors that a device reports asynchronously. WebGPU reports an error after the call that
 * caused it has returned; the next call to the backend throws it.
 */
export class DeviceFailures {
  #pending: DeviceError | undefined;
  #lost: string | undefined;
  readonly #loss: Promise<void>;
  #expectLoss = false;

  /** Starts listening for errors of the device. */
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

  /** After another failure, waits until it is known whether the device was lost. */
  async settle(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => timer = setTimeout(resolve, LOSS_MS));
    await Promise.race([this.#loss, limit]);
    clearTimeout(timer);
  }

  /** Call before destroying the device, so that its loss is not reported as a failure. */
  expectLoss(): void {
    this.#expectLoss = true;
  }

  /** Throws if the device is lost; `action` completes "Cannot …". */
  checkLoss(action: string): void {
    if (this.#lost === undefined) return;
    throw new DeviceLostError(
      `Cannot ${action}: the device is lost: current reason is ${this.#lost}`,
    );
  }

  /** Throws if the device is lost or has reported an error since the last check. */
  check(action: string): void {
    this.checkLoss(action);
    const error = this.#pending;
    this.#pending = undefined;
    if (error) throw error;
  }
}

/** Converts a WebGPU error to a `DeviceError`; `action` completes "Cannot …". */
function errorFrom(error: GPUError, action: string): DeviceError {
  const message = `Cannot ${action}: ${error.message}`;
  return error instanceof GPUOutOfMemoryError
    ? new OutOfMemoryError(message)
    : new DeviceError(message);
}

/** Converts a `DOMException` to a `DeviceError`. Returns any other error unchanged. */
export function typedError(error: unknown, action: string): unknown {
  if (!(error instanceof DOMException)) return error;
  return new DeviceError(`Cannot ${action}: ${error.message}`, { cause: error });
}

/** Runs `make` in error scopes. Returns its result and a promise of the first error found. */
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
    () => undefined, // A lost device rejects error scopes; `device.lost` reports the loss.
  );
  return { made, error };
}
