import { checkOption, formatFound, positiveWhole, wholeIn } from "../graph/mod.ts";

/**
 * What the ranks of distributed training exchange. Every rank must make the same calls in the same
 * order. Ranks in processes of their own block until all have made a call; ranks within one process
 * await each other.
 */
export interface Communicator {
  /** Number of this rank, from 0. */
  readonly rank: number;
  /** Number of ranks. */
  readonly size: number;
  /** Human-readable description of what connects the ranks. */
  readonly description: string;
  /** Replaces the elements by their sums over the ranks, which are the same bits on all of them. */
  sum(data: Float32Array): void | Promise<void>;
  /** Replaces the elements by their maxima over the ranks. */
  max(data: Int32Array): void | Promise<void>;
  /** Replaces the bytes by those of a rank. */
  broadcast(data: Uint8Array, from: number): void | Promise<void>;
}

/** One process by itself. */
export const alone: Communicator = {
  rank: 0,
  size: 1,
  description: "one process",
  sum: () => {},
  max: () => {},
  broadcast: () => {},
};

/** Checks that a communicator is one of some ranks; `action` completes "Cannot …". */
export function checkCommunicator(action: string, communicator: Communicator): void {
  const { rank, size, sum, max, broadcast } = communicator ?? {};
  if ([sum, max, broadcast].some((call) => typeof call !== "function")) {
    throw new TypeError(
      `Cannot ${action}: communicator must be given by inProcess or overMpi: current is ` +
        formatFound(communicator),
    );
  }
  checkOption(action, { size }, positiveWhole);
  checkOption(action, { rank }, wholeIn(0, size - 1));
}
