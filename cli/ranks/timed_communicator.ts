import type { Communicator } from "../../distributed/mod.ts";

/** A communicator that knows how long its sums take. */
export class TimedCommunicator implements Communicator {
  readonly rank: number;
  readonly size: number;
  readonly description: string;
  /** Seconds of this rank in sums over the ranks so far, waiting for the others included. */
  seconds = 0;
  readonly #communicator: Communicator;

  constructor(communicator: Communicator) {
    this.#communicator = communicator;
    this.rank = communicator.rank;
    this.size = communicator.size;
    this.description = communicator.description;
  }

  sum(data: Float32Array): void | Promise<void> {
    const start = performance.now();
    const stop = () => void (this.seconds += (performance.now() - start) / 1000);
    const done = this.#communicator.sum(data);
    return done instanceof Promise ? done.then(stop) : stop();
  }

  max(data: Int32Array): void | Promise<void> {
    return this.#communicator.max(data);
  }

  broadcast(data: Uint8Array, from: number): void | Promise<void> {
    return this.#communicator.broadcast(data, from);
  }
}
