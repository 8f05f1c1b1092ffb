import { checkOption, GraphError, positiveWhole, wholeIn } from "../graph/mod.ts";
import type { Communicator } from "./communicator.ts";

/** What a rank asks for, and what it waits for. */
interface Call {
  readonly what: string;
  readonly data: Elements;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

type Elements = Float32Array | Int32Array | Uint8Array;

/**
 * Runs a function as each of `size` ranks within this process, for tests and for learning. If one
 * fails, the others' calls fail, too, so that none waits forever.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inProcess } from "@gspace/gspace/distributed";
 *
 * const sums = await inProcess(3, async (communicator) => {
 *   const data = Float32Array.of(communicator.rank);
 *   await communicator.sum(data);
 *   return data[0];
 * });
 * assertEquals(sums, [3, 3, 3]);
 * ```
 *
 * @throws {RangeError} if `size` is not a positive whole number
 * @throws what the first rank that fails throws
 */
export async function inProcess<T>(
  size: number,
  run: (communicator: Communicator) => Promise<T>,
): Promise<T[]> {
  checkOption("run ranks in one process", { size }, positiveWhole);
  const meeting = new Meeting(size);
  return await Promise.all(Array.from({ length: size }, async (_, rank) => {
    try {
      return await run(communicatorOf(meeting, { rank, size }));
    } finally {
      meeting.leave(rank);
    }
  }));
}

function communicatorOf(
  meeting: Meeting,
  { rank, size }: { readonly rank: number; readonly size: number },
): Communicator {
  return {
    rank,
    size,
    description: `${size} ranks in one process`,
    sum: (data) => meeting.call(rank, { what: `sum ${data.length}`, data }, addUp),
    max: (data) => meeting.call(rank, { what: `max ${data.length}`, data }, largest),
    broadcast: (data, from) => {
      checkOption("broadcast", { from }, wholeIn(0, size - 1));
      const what = `broadcast ${data.length} from ${from}`;
      return meeting.call(rank, { what, data }, (all) => all[from]!.slice());
    },
  };
}

/** Where the ranks wait until all of them have made the same call. */
class Meeting {
  readonly #size: number;
  readonly #calls = new Map<number, Call>();
  #left: number | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  call(
    rank: number,
    { what, data }: Pick<Call, "what" | "data">,
    combine: (all: readonly Elements[]) => Elements,
  ): Promise<void> {
    return new Promise((done, failed) => {
      this.#calls.set(rank, { what, data, done, failed });
      if (this.#left !== undefined) this.#fail(`rank ${this.#left} has left`);
      else if (this.#calls.size === this.#size) this.#finish(combine);
    });
  }

  leave(rank: number): void {
    this.#left ??= rank;
    this.#fail(`rank ${rank} has left`);
  }

  #finish(combine: (all: readonly Elements[]) => Elements): void {
    const calls = [...this.#calls].toSorted(([a], [b]) => a - b).map(([, call]) => call);
    const [first] = calls;
    const other = calls.findIndex(({ what }) => what !== first!.what);
    if (other > 0) {
      return this.#fail(`rank 0 calls ${first!.what}, rank ${other} ${calls[other]!.what}`);
    }
    this.#calls.clear();
    const result = combine(calls.map(({ data }) => data));
    for (const { data, done } of calls) {
      data.set(result);
      done();
    }
  }

  #fail(reason: string): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { failed } of calls) {
      failed(new GraphError(`Cannot exchange: all ranks must make the same call: ${reason}`));
    }
  }
}

/** Sums in the order of the ranks, in double precision, rounded once. */
function addUp(all: readonly Elements[]): Elements {
  return all[0]!.map((_, i) => all.reduce((sum, data) => sum + data[i]!, 0));
}

function largest(all: readonly Elements[]): Elements {
  return all[0]!.map((_, i) => all.reduce((most, data) => Math.max(most, data[i]!), -Infinity));
}
