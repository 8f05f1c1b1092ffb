/** Executables: compiled plans bound to buffers. */
import { DeviceError, GraphError } from "../graph/errors.ts";
import type { DeviceBuffer, Executable, Plan, Slot } from "../graph/plan.ts";
import { sameType } from "../graph/types.ts";
import { addressTable, fillTables } from "./address_table.ts";
import { type Block, type BufferPool, CpuBuffer } from "./buffer.ts";
import { guardedByteLength, type GuardedMemory } from "./native/guard_pages.ts";
import type { NativeMachine } from "./native/machine.ts";
import type { LoadedProgram } from "./program_cache.ts";
import type { Job, Threads } from "./runtime/threads.ts";

/** A bit pattern that is NaN as f32. */
const UNWRITTEN = 0x7fc0beef;

/** The parts of a backend that an executable uses. */
interface Machine {
  readonly pool: BufferPool;
  /** The workers; `undefined` on a single-threaded backend. */
  readonly threads: Threads | undefined;
  /** Number of threads to allocate scratch memory for. */
  readonly threadCount: number;
  /** What runs native code; `undefined` if nothing does. */
  readonly native: NativeMachine | undefined;
}

/** The scratch memory of a thread, in native code between two pages that nothing may access. */
interface Scratch extends Block {
  /** The block that it is in. */
  readonly block: Block;
  readonly guarded: GuardedMemory | undefined;
}

/** A plan compiled for the CPU, with its temporaries. */
export class CpuExecutable implements Executable {
  readonly plan: Plan;
  readonly #machine: Machine;
  readonly #program: LoadedProgram;
  /** What guards scratch memory; `undefined` without native code. */
  readonly #guarded: NativeMachine | undefined;
  readonly #temporaries: readonly Block[];
  readonly #scratch: readonly Scratch[];
  /** The tables of the threads. */
  readonly #table: Block;
  readonly #bound: readonly CpuBuffer[];
  /** What workers take part in; `undefined` if no stage is shared. */
  readonly #job: Job | undefined;
  #disposed = false;

  constructor(
    plan: Plan,
    buffers: ReadonlyMap<number, DeviceBuffer>,
    { machine, program }: { machine: Machine; program: LoadedProgram },
  ) {
    this.plan = plan;
    this.#machine = machine;
    this.#program = program;
    this.#guarded = program.isNative ? machine.native : undefined;
    const { pool, threadCount } = machine;
    const external = bindExternal(plan, buffers, pool);
    this.#bound = [...external.values()];
    const taken: Block[] = [];
    const take = (bytes: number, what: string): Block => {
      const block = pool.allocate(bytes, `${what} of "${plan.label}"`);
      taken.push(block);
      return block;
    };
    let scratch: readonly Block[];
    const scratchCount = program.scratchByteLength > 0 ? threadCount : 0;
    try {
      this.#temporaries = plan.memories.map((bytes, i) => take(bytes, `temporary ${i}`));
      const bytes = this.#guarded
        ? guardedByteLength(program.scratchByteLength)
        : program.scratchByteLength;
      scratch = Array.from({ length: scratchCount }, (_, i) => take(bytes, `scratch ${i}`));
      this.#table = take(4 * addressTable(plan).stride * threadCount, "addresses");
    } catch (error) {
      taken.forEach((block) => pool.release(block));
      throw error;
    }
    this.#job = program.shared && machine.threads?.jobOf(program.shared, this.#table.address);
    this.#scratch = scratch.map((block) => this.#guard(block));
    this.#fillTables(external);
  }

  /** Protects the pages around scratch memory, if native code uses it. */
  #guard(block: Block): Scratch {
    const bytes = this.#program.scratchByteLength;
    const guarded = this.#guarded?.guard(block.address, bytes);
    return { address: guarded?.address ?? block.address, bytes, block, guarded };
  }

  #fillTables(external: ReadonlyMap<number, CpuBuffer>): void {
    const { slots, label } = this.plan;
    const { buffer } = this.#machine.pool.heap.bytes;
    fillTables(new Int32Array(buffer, this.#table.address, this.#table.bytes / 4), this.plan, {
      scratch: this.#scratch.map(({ address }) => address),
      addressOf: (number) => {
        const slot = slots[number]!;
        return slot.kind === "temporary"
          ? temporaryOf(slot, this.#temporaries).address
          : external.get(number)!.addressFor(`compile "${label}"`);
      },
    });
  }

  run(): void {
    const action = `run "${this.plan.label}"`;
    if (this.#disposed) throw new DeviceError(`Cannot ${action}: the executable is disposed`);
    this.#machine.pool.check(action);
    for (const buffer of this.#bound) buffer.addressFor(action);
    const { threads } = this.#machine;
    const { run, takeViolation } = this.#program;
    if (takeViolation) this.#fillWithNaN();
    const table = this.#table.address;
    try {
      if (threads && this.#job) threads.run(this.#job, (stage) => run(0, stage, table));
      else run(0, 0, table);
    } catch (error) {
      const violation = takeViolation?.(this.#machine.pool.heap.bytes, this.plan);
      if (violation) throw violation;
      if (error instanceof DeviceError) throw error;
      throw new DeviceError(`Cannot ${action} on cpu: the generated code failed`, { cause: error });
    }
  }

  /** Fills memory with NaN, so that a checked run cannot use values left by an earlier one. */
  #fillWithNaN(): void {
    const { buffer } = this.#machine.pool.heap.bytes;
    for (const { address, bytes } of [...this.#temporaries, ...this.#scratch]) {
      new Int32Array(buffer, address, Math.floor(bytes / 4)).fill(UNWRITTEN);
    }
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const { pool } = this.#machine;
    this.#scratch.forEach(({ guarded }) => guarded?.open());
    const scratch = this.#scratch.map(({ block }) => block);
    for (const block of [...this.#temporaries, ...scratch]) pool.release(block);
    pool.retire(this.#table);
    this.#program.release();
  }
}

function temporaryOf(slot: Slot & { kind: "temporary" }, temporaries: readonly Block[]): Block {
  const block = temporaries[slot.memory];
  if (block) return block;
  throw new GraphError(
    `Cannot compile "${slot.label}": its memory must be one of the plan's: ` +
      `current number is ${slot.memory} of ${temporaries.length}`,
  );
}

/** The buffers of the external slots, by slot number. */
function bindExternal(
  plan: Plan,
  buffers: ReadonlyMap<number, DeviceBuffer>,
  pool: BufferPool,
): Map<number, CpuBuffer> {
  const bound = new Map<number, CpuBuffer>();
  plan.slots.forEach((slot, i) => {
    if (slot.kind !== "external") return;
    const buffer = buffers.get(i);
    const action = `compile "${plan.label}" on cpu`;
    if (!(buffer instanceof CpuBuffer) || !buffer.belongsTo(pool)) {
      throw new DeviceError(
        `Cannot ${action}: slot "${slot.label}" needs a buffer of this backend: ` +
          `current buffer is ${buffer ? `"${buffer.label}" of another backend` : "missing"}`,
      );
    }
    if (!sameType(buffer.type, slot.type)) {
      throw new DeviceError(
        `Cannot ${action}: slot and buffer must have the same type: current buffer is "${buffer.label}"`,
      );
    }
    buffer.addressFor(action);
    bound.set(i, buffer);
  });
  return bound;
}
