/** The CPU backend. */
import { DeviceError } from "../graph/errors.ts";
import type {
  Backend,
  BufferGroup,
  DeviceBuffer,
  Executable,
  Limits,
  MemoryUse,
  Plan,
} from "../graph/plan.ts";
import type { HostArray, TensorType } from "../graph/types.ts";
import { BufferPool, CpuBuffer } from "./buffer.ts";
import { CpuBufferGroup } from "./buffer_group.ts";
import { CpuExecutable } from "./executable.ts";
import { Heap } from "./runtime/heap.ts";
import { CALL_BYTES } from "./native/call_layout.ts";
import type { NativeMachine } from "./native/machine.ts";
import { ProgramCache } from "./program_cache.ts";
import type { Target } from "./program.ts";
import { macrotask } from "./runtime/macrotask.ts";
import type { Threads } from "./runtime/threads.ts";

/**
 * Most slots per dispatch. Engines allow 1000 function parameters, and an epilogue has one per
 * slot.
 */
const MOST_SLOTS = 900;

/**
 * Most slots of a merged loop. Loops of many pointers have no machine code, and each merge goes
 * through the whole loop.
 */
const MOST_KERNEL_SLOTS = 64;

/** The resolved options of a backend. */
export interface CpuConfiguration extends Omit<Target, "native"> {
  /** What runs machine code, which the backend takes over; `undefined` without it. */
  readonly native?: NativeMachine | undefined;
  /** Human-readable description of what runs the kernels. */
  readonly description: string;
  /** Maximum size of the memory in bytes. */
  readonly maximumBytes?: number;
}

/** A backend that compiles plans to WebAssembly and runs them. */
export class CpuBackend implements Backend {
  /** The backend's name. */
  readonly name = "cpu";
  /** Instruction set and number of threads. */
  readonly description: string;
  /**
   * The limits for lowering. Long reductions to few results are split, so that threads can share
   * them.
   */
  readonly limits: Limits = {
    slotsPerDispatch: MOST_SLOTS,
    slotsPerKernel: MOST_KERNEL_SLOTS,
    bytesPerSlot: 2 ** 32 - 2 ** 20,
    longRow: 16384,
    parallelRows: 8,
  };
  readonly #pool: BufferPool;
  /** The workers; `undefined` before the first program for several threads. */
  #threads: Threads | undefined;
  readonly #programs: ProgramCache;
  readonly #native: NativeMachine | undefined;
  readonly #threadCount: number;
  readonly #checked: boolean;
  readonly #mainMaySleep: boolean;

  /** Use {@linkcode openCpu}. */
  constructor({ description, maximumBytes, ...target }: CpuConfiguration) {
    const { shared, threads, native } = target;
    const heap = new Heap({ shared, ...(maximumBytes === undefined ? {} : { maximumBytes }) });
    this.description = description;
    this.#threadCount = threads;
    this.#checked = target.checked;
    this.#mainMaySleep = target.mainMaySleep;
    this.#native = native;
    native?.attach(heap.memory, heap.allocate(CALL_BYTES * threads, "calls of native code"));
    this.#pool = new BufferPool(heap);
    this.#programs = new ProgramCache({
      heap,
      openThreads: ({ SharedParts, Threads }, label) => {
        this.#pool.check(`compile "${label}"`); // otherwise, nothing would stop the workers
        if (this.#threads) return this.#threads;
        this.#threads = new Threads(heap, threads, native);
        heap.retirement = new SharedParts(heap, this.#threads);
        return this.#threads;
      },
      target,
      native,
    });
  }

  /** Number of threads that would take part in a run now. Workers start while plans compile. */
  get readyThreads(): number {
    return this.#threads?.ready ?? 1;
  }

  /** Allocates a buffer filled with zeros. */
  allocate(type: TensorType, label: string): DeviceBuffer {
    this.#pool.check(`allocate "${label}"`);
    return new CpuBuffer(this.#pool, type, label);
  }

  /** Allocates buffers of f32 in one block, which the host changes in place. */
  allocateGroup(types: readonly TensorType[], label: string): BufferGroup {
    this.#pool.check(`allocate "${label}"`);
    return new CpuBufferGroup(this.#pool, types, label);
  }

  /** Generates and compiles the plan's code and binds its external slots. */
  async compile(plan: Plan, buffers: ReadonlyMap<number, DeviceBuffer>): Promise<Executable> {
    const action = `compile "${plan.label}"`;
    this.#pool.check(action);
    if (this.#checked) (await import("../graph/verify_plan.ts")).verifyPlan(plan);
    const program = await this.#programs.load(plan);
    try {
      if (!this.#mainMaySleep) await this.#threads?.started();
      this.#pool.check(action); // the backend may have been disposed in the meantime
      const machine = {
        pool: this.#pool,
        threads: this.#threads,
        threadCount: this.#threadCount,
        native: this.#native,
      };
      return new CpuExecutable(plan, buffers, { machine, program });
    } catch (error) {
      program.release();
      throw error;
    }
  }

  /** Copies buffers to host arrays. On a page, lets the event loop turn, so that it stays alive. */
  async read(buffers: readonly DeviceBuffer[]): Promise<HostArray[]> {
    this.#pool.check("read buffers");
    const values = buffers.map((buffer) => {
      if (buffer instanceof CpuBuffer && buffer.belongsTo(this.#pool)) return buffer.read();
      throw new DeviceError(`Cannot read "${buffer.label}": it belongs to another backend`);
    });
    if (!this.#mainMaySleep) await macrotask();
    return values;
  }

  /** Live buffers and bytes, including the temporaries of executables. */
  memory(): MemoryUse {
    return this.#pool.use();
  }

  /** Terminates the workers. Buffers and executables throw if used afterwards. */
  [Symbol.dispose](): void {
    this.#pool.close();
    this.#threads?.stop();
    this.#native?.[Symbol.dispose]();
  }
}
