/** Cache of compiled programs, shared by all executables of equal plans. */
import { DeviceError } from "../graph/errors.ts";
import type { Plan } from "../graph/plan.ts";
import type { CheckedRegions } from "./checked/violation.ts";
import { ConstantPool } from "./runtime/constants.ts";
import type { Heap } from "./runtime/heap.ts";
import type { Program, Target } from "./program.ts";
import { planKey } from "./plan_key.ts";
import { loadParts, type ThreadParts } from "./program_parts.ts";
import type { LoadedCode, NativeMachine } from "./native/machine.ts";
import type { Threads } from "./runtime/threads.ts";
import type { SharedProgram } from "./runtime/worker_slot.ts";

/**
 * Runs a plan's stages as one of several threads; `stage` is the number before that of the first
 * stage.
 */
type RunProgram = (thread: number, stage: number, table: number) => void;

/** A program ready to run on this thread. */
export interface LoadedProgram {
  readonly run: RunProgram;
  readonly scratchByteLength: number;
  /** Whether it calls native code. */
  readonly isNative: boolean;
  /** The program for workers; `undefined` if no stage is shared. */
  readonly shared: SharedProgram | undefined;
  /** Reads and clears the violation that a failed run of a plan recorded; `undefined` unless checked. */
  readonly takeViolation: ((memory: Uint8Array, plan: Plan) => Error | undefined) | undefined;
  /** Releases the program on behalf of one user. */
  release(): void;
}

/** Options for compiling programs, and the heap that holds their code. */
interface ProgramCacheParts {
  readonly heap: Heap;
  /** Returns the workers of the backend, which it makes with the first program for several threads. */
  readonly openThreads: (parts: ThreadParts, label: string) => Threads;
  readonly target: Target;
  /** What runs native code; `undefined` to use none. */
  readonly native: NativeMachine | undefined;
}

/** What the users of a program share. */
type Instance = Omit<LoadedProgram, "release" | "takeViolation">;

/** What runs a program besides WebAssembly on this thread. */
interface Runners {
  /** The program's native code; `undefined` if it has none. */
  readonly native: LoadedCode | undefined;
  /** The workers; `undefined` if no stage is shared. */
  readonly threads: Threads | undefined;
}

interface Entry extends Pick<Runners, "native"> {
  /** The lowest unused number. Workers store programs by this number. */
  readonly place: number;
  readonly regions: CheckedRegions;
  readonly loaded: Promise<Instance>;
  users: number;
}

/** The programs of one backend. */
export class ProgramCache {
  readonly #heap: Heap;
  readonly #openThreads: ProgramCacheParts["openThreads"];
  readonly #native: NativeMachine | undefined;
  #target: Target;
  readonly #constants: ConstantPool;
  /** By the key of their plans. */
  readonly #entries = new Map<string, Entry>();
  #lastId = 0;

  constructor({ heap, openThreads, target, native }: ProgramCacheParts) {
    this.#heap = heap;
    this.#openThreads = openThreads;
    this.#native = native;
    this.#target = target;
    this.#constants = new ConstantPool(heap);
  }

  /** Compiles a plan, or returns the program of an equal plan that is in use. */
  async load(plan: Plan): Promise<LoadedProgram> {
    const [{ compileProgram }, parts] = await Promise.all([
      import("./program.ts"), // loaded with the first plan
      loadParts(plan, this.#target),
    ]);
    const key = planKey(plan);
    let entry = this.#entries.get(key);
    if (!entry) {
      const [target, constants] = [this.#target, this.#constants];
      const program = compileProgram(plan, { target, constants, parts });
      const threads = program.sharedStages > 0 && parts.threads
        ? this.#openThreads(parts.threads, plan.label)
        : undefined;
      let native: LoadedCode | undefined;
      try {
        native = this.#loadNative(program);
      } catch (error) {
        this.#giveUpNative(error);
        return this.load(plan);
      }
      entry = this.#start(program, { native, threads }, plan.label);
      this.#entries.set(key, entry);
    }
    entry.users++;
    try {
      const loaded = await entry.loaded;
      const { regions } = entry;
      const { checks } = parts;
      return {
        ...loaded,
        takeViolation: checks && ((memory, plan) => checks.takeViolation(memory, plan, regions)),
        release: () => this.#release(key, loaded.shared),
      };
    } catch (error) {
      if (this.#entries.get(key) === entry) {
        this.#entries.delete(key);
        entry.native?.release();
      }
      throw error;
    }
  }

  /** Starts to load a program that is not in use. */
  #start(program: Program, { native, threads }: Runners, label: string): Entry {
    const [id, place] = [++this.#lastId, this.#freePlace()];
    const loaded = this.#instantiate({ ...program, id, place, native, threads }, label);
    return { place, regions: program.regions, native, loaded, users: 0 };
  }

  #loadNative({ nativeCode }: Program): LoadedCode | undefined {
    return nativeCode.length > 0 ? this.#native?.load(nativeCode) : undefined;
  }

  /** Compiles programs to WebAssembly alone from now on. */
  #giveUpNative(error: unknown): void {
    this.#target = { ...this.#target, native: undefined };
    console.warn(
      "New programs run as WebAssembly alone: there is no memory for native code",
      error,
    );
  }

  #freePlace(): number {
    const taken = new Set([...this.#entries.values()].map(({ place }) => place));
    let place = 0;
    while (taken.has(place)) place++;
    return place;
  }

  async #instantiate(
    { id, place, native, threads, code, scratchByteLength, sharedStages, sharedCost }:
      & Program
      & Pick<SharedProgram, "id" | "place">
      & Runners,
    label: string,
  ): Promise<Instance> {
    const enter = native?.enter ?? (() => {});
    const imports = { host: { memory: this.#heap.memory, enter } };
    const pending = WebAssembly.instantiate(code, imports);
    threads?.start(); // workers start while the engine compiles
    const { instance } = await pending.catch((cause) => {
      throw explain(cause, label);
    });
    const exported = instance.exports["run"] as (...words: number[]) => void;
    const call = this.#native?.callOf(0) ?? 0;
    // The fourth parameter, the call of native code, is 0 by default.
    const run: RunProgram = this.#native
      ? (thread, stage, table) => exported(thread, stage, table, call)
      : exported;
    const parts = { run, scratchByteLength, isNative: native !== undefined };
    if (!threads) return { ...parts, shared: undefined };
    const codeAddress = this.#heap.allocate(code.length, `code of "${label}"`);
    this.#heap.bytes.set(code, codeAddress);
    const shared: SharedProgram = {
      id,
      place,
      codeAddress,
      codeLength: code.length,
      nativeCode: native?.address,
      sharedStages,
      sharedCost,
    };
    return { ...parts, shared };
  }

  #release(key: string, shared: SharedProgram | undefined): void {
    const entry = this.#entries.get(key);
    if (!entry || --entry.users > 0) return;
    this.#entries.delete(key);
    entry.native?.release();
    if (shared) this.#heap.retire(shared.codeAddress, shared.codeLength);
  }
}

/** Pages may forbid generated code. */
function explain(cause: unknown, label: string): unknown {
  const message = cause instanceof Error ? cause.message : "";
  if (!/Content Security Policy|unsafe-eval/i.test(message)) return cause;
  return new DeviceError(
    `Cannot compile "${label}": the page's content security policy must allow generated code: ` +
      "add 'wasm-unsafe-eval' to its script-src",
    { cause },
  );
}
