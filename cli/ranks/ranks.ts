import { parseJson } from "../../checkpoint/mod.ts";
import { alone, checkEqual, type Communicator } from "../../distributed/mod.ts";
import { CommandError, UsageError } from "../errors.ts";
import { TimedCommunicator } from "./timed_communicator.ts";

/** A number that is larger for earlier ranks. */
const RANKS = 2 ** 30;

/** What a rank agrees on with the others. */
interface RanksOptions {
  /** Number of this rank among those of its machine. Default: its number. */
  readonly localRank?: number;
}

/**
 * The ranks that train one model together. Every rank must call the same methods in the same order.
 * Without a communicator there is one, and all methods do what a single process would.
 */
export class Ranks {
  /** Connects the ranks that divide each batch; `undefined` for a process by itself. */
  readonly communicator: TimedCommunicator | undefined;
  readonly #communicator: Communicator;
  readonly #localRank: number;
  #failure: unknown;

  constructor(communicator?: Communicator, options: RanksOptions = {}) {
    this.communicator = communicator && new TimedCommunicator(communicator);
    this.#communicator = communicator ?? alone;
    this.#localRank = options.localRank ?? this.#communicator.rank;
  }

  /** Number of this rank, from 0. */
  get rank(): number {
    return this.#communicator.rank;
  }

  /** Number of ranks. */
  get size(): number {
    return this.#communicator.size;
  }

  /** Whether this rank shows the progress and writes the files. */
  get isFirst(): boolean {
    return this.rank === 0;
  }

  /** Whether all ranks have failed together, so that none waits for another. */
  get haveFailed(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * Does something on each rank, without exchanges. If it fails on one, it fails on all, with the
   * error of the first of them.
   */
  async together<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.size === 1) return await work();
    const outcome = await attempt(work);
    const failed = Int32Array.of("error" in outcome ? RANKS - this.rank : 0);
    await this.#communicator.max(failed);
    if (failed[0] === 0 && "value" in outcome) return outcome.value;
    throw await this.#agreeOn(outcome, RANKS - failed[0]!);
  }

  /** Does something on the first rank only. All get its result, which must have a form in JSON. */
  async onFirst<T>(work: () => T | Promise<T>): Promise<T> {
    const result = await this.together(() => this.isFirst ? work() : undefined);
    if (this.size === 1) return result as T;
    return parseJson(await this.#textOf(0, JSON.stringify(result ?? null))) as T;
  }

  /** Does something on one rank of each machine, and then on the others, which may use its files. */
  async inTurns<T>(work: () => T | Promise<T>): Promise<T> {
    const isEarly = this.#localRank === 0;
    const early = await this.together(() => isEarly ? work() : undefined);
    const late = await this.together(() => isEarly ? early : work());
    return late as T;
  }

  /** The texts of all ranks, in order. */
  async texts(own: string): Promise<readonly string[]> {
    const all: string[] = [];
    for (let rank = 0; rank < this.size; rank++) all.push(await this.#textOf(rank, own));
    return all;
  }

  /** The largest of the numbers of all ranks, one by one. They must be integers of 32 bits. */
  async max<T extends Readonly<Record<string, number>>>(numbers: T): Promise<T> {
    const values = Int32Array.from(Object.values(numbers));
    await this.#communicator.max(values);
    return Object.fromEntries(Object.keys(numbers).map((name, i) => [name, values[i]!])) as T;
  }

  /** Replaces the bytes by those of the first rank. */
  async receive(data: Uint8Array): Promise<void> {
    await this.#communicator.broadcast(data, 0);
  }

  /**
   * Checks that all ranks have the same values.
   * @throws {GraphError} on all ranks, naming those that differ
   */
  async compare(values: Parameters<typeof checkEqual>[1]): Promise<void> {
    try {
      await checkEqual(this.#communicator, values);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** The error of rank `from`, which failed first. */
  async #agreeOn(outcome: Outcome<unknown>, from: number): Promise<Error> {
    const own = "error" in outcome && from === this.rank ? outcome.error : undefined;
    const sent = own && { isUsage: own instanceof UsageError, message: own.message };
    const received = parseJson(await this.#textOf(from, JSON.stringify(sent ?? {})));
    const { isUsage, message } = received as NonNullable<typeof sent>;
    const text = from === 0 ? message : `rank ${from} of ${this.size}: ${message}`;
    const error = own ?? (isUsage ? new UsageError(text) : new CommandError(text));
    this.#failure = error;
    return error;
  }

  /** The text of a rank. */
  async #textOf(rank: number, own: string): Promise<string> {
    const bytes = new TextEncoder().encode(rank === this.rank ? own : "");
    const { length } = await this.max({ length: bytes.length });
    const data = new Uint8Array(length);
    data.set(bytes);
    await this.#communicator.broadcast(data, rank);
    return new TextDecoder().decode(data);
  }
}

/** A process by itself. */
export const oneRank: Ranks = new Ranks();

/** What something gave, or why it failed. */
type Outcome<T> = { readonly value: T } | { readonly error: Error };

async function attempt<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof Error) return { error };
    throw error;
  }
}
