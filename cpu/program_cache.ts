/** Cache of compiled programs, shared by all executables that use the same code. */
import type { Plan } from "../graph/plan.ts";
import type { CheckedRegions } from "./checked/violation.ts";
import { ConstantPool } from "./runtime/constants.ts";
import type { Heap } from "./runtime/heap.ts";
import { compileProgram, type Program, type Target } from "./program.ts";
import type { SharedParts } from "./runtime/shared_parts.ts";
import type { SharedProgram, Threads } from "./runtime/threads.ts";

/**
 * Runs a plan's stages as one of several threads; `stage` is the number before that of the first
 * stage.
 */
type RunProgram = (thread: number, stage: number, table: number) => void;

/** A program ready to run on this thread. */
export interface LoadedProgram {
  readonly run: RunProgram;
  readonly scratchByteLength: number;
  /** The program for workers; `undefined` if no stage is shared. */
  readonly shared: SharedProgram | undefined;
  /** The regions that each kernel of the plan may access; empty unless checked. */
  readonly regions: CheckedRegions;
  /** Releases the program on behalf of one user. */
  release(): void;
}

/** Options for compiling programs, and the heap that holds their code. */
interface ProgramCacheParts {
  readonly heap: Heap;
  readonly sharedParts: SharedParts;
  /** The workers; `undefined` on a single-threaded backend. */
  readonly threads: Threads | undefined;
  readonly target: Target;
}

interface Entry {
  /** The lowest unused number. Workers store programs by this number. */
  readonly place: number;
  readonly code: Uint8Array<ArrayBuffer>;
  readonly loaded: Promise<Omit<LoadedProgram, "release" | "regions">>;
  users: number;
}

/** The programs of one backend. */
export class ProgramCache {
  readonly #heap: Heap;
  readonly #sharedParts: SharedParts;
  readonly #threads: Threads | undefined;
  readonly #target: Target;
  readonly #constants: ConstantPool;
  readonly #entries = new Map<number, Entry>();
  #lastId = 0;

  constructor({ heap, sharedParts, threads, target }: ProgramCacheParts) {
    this.#heap = heap;
    this.#sharedParts = sharedParts;
    this.#threads = threads;
    this.#target = target;
    this.#constants = new ConstantPool(heap);
  }

  /** Compiles a plan, or returns a cached program with the same code. */
  async load(plan: Plan): Promise<LoadedProgram> {
    const { code, regions, scratchByteLength, sharedStages, sharedCost } = compileProgram(plan, {
      target: this.#target,
      constants: this.#constants,
    });
    const known = [...this.#entries].find(([, entry]) => sameBytes(entry.code, code));
    const id = known?.[0] ?? ++this.#lastId;
    let entry = known?.[1];
    if (!entry) {
      const place = this.#freePlace();
      const loaded = this.#instantiate({ id, place, code, sharedStages, sharedCost }, plan.label)
        .then((parts) => ({ ...parts, scratchByteLength }));
      entry = { place, code, loaded, users: 0 };
      this.#entries.set(id, entry);
    }
    entry.users++;
    try {
      const loaded = await entry.loaded;
      return { ...loaded, regions, release: () => this.#release(id, loaded.shared) };
    } catch (error) {
      this.#entries.delete(id);
      throw error;
    }
  }

  #freePlace(): number {
    const taken = new Set([...this.#entries.values()].map(({ place }) => place));
    let place = 0;
    while (taken.has(place)) place++;
    return place;
  }

  async #instantiate(
    { id, place, code, sharedStages, sharedCost }:
      & Pick<SharedProgram, "id" | "place" | "sharedStages" | "sharedCost">
      & Pick<Program, "code">,
    label: string,
  ): Promise<Pick<LoadedProgram, "run" | "shared">> {
    const imports = { host: { memory: this.#heap.memory } };
    const pending = WebAssembly.instantiate(code, imports);
    const threads = sharedStages > 0 ? this.#threads : undefined;
    threads?.start(); // workers start while the engine compiles
    const { instance } = await pending;
    const run = instance.exports["run"] as RunProgram;
    if (!threads) return { run, shared: undefined };
    const codeAddress = this.#heap.allocate(code.length, `code of "${label}"`);
    this.#heap.bytes.set(code, codeAddress);
    const shared = { id, place, codeAddress, codeLength: code.length, sharedStages, sharedCost };
    return { run, shared };
  }

  #release(id: number, shared: SharedProgram | undefined): void {
    const entry = this.#entries.get(id);
    if (!entry || --entry.users > 0) return;
    this.#entries.delete(id);
    if (shared) this.#sharedParts.retire(shared.codeAddress, shared.codeLength);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
