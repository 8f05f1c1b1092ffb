import { DeviceError } from "../../graph/errors.ts";

/**
 * Thrown in checked mode if a kernel accesses memory outside its slots or a loop has the wrong
 * number of iterations.
 */
export class CheckError extends DeviceError {
  /** The class name. */
  override readonly name = "CheckError";
  /** Label of the kernel. */
  readonly kernel: string;
  /** Label of the slot; `undefined` for scratch memory, unknown addresses, and loops. */
  readonly slot: string | undefined;
  /** First element of the access that is not allowed; `undefined` likewise. */
  readonly index: number | undefined;

  /** Created by the backend. */
  constructor(
    message: string,
    { kernel, slot, index }: { kernel: string; slot?: string; index?: number },
  ) {
    super(message);
    this.kernel = kernel;
    this.slot = slot;
    this.index = index;
  }
}
