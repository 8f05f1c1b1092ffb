/** The native side of a backend: loads the machine code of programs, and calls it. */
import { type Caller, callerSource } from "./_caller_source.ts";
import type { Convention } from "./entry.ts";
import { CALL_BYTES } from "./call_layout.ts";
import { type GuardedMemory, guardMemory } from "./guard_pages.ts";
import type { Assembled } from "./native_code.ts";
import type { VectorBytes } from "./registers.ts";
import { addressOf, type System } from "./system.ts";

/** What a worker needs to call native code. */
export interface NativeStart {
  /** File name of the C library. */
  readonly library: string;
  /** Address of the heap's first byte. */
  readonly heap: bigint;
  /** Byte address in the heap of this thread's call. */
  readonly call: number;
}

/** The machine code of a program, ready to be called. */
export interface LoadedCode {
  /** Address of its first byte. */
  readonly address: bigint;
  /** Computes the tile that the main thread's call describes. */
  readonly enter: () => void;
  /** Frees the code. No thread may call it any more. */
  release(): void;
}

/** A processor with wide vectors, and the system's functions to use them. */
export class NativeMachine implements Disposable {
  readonly vectorBytes: VectorBytes;
  /** The functions of all programs. */
  readonly assembled: Assembled = new Map();
  readonly #system: System;
  readonly #makeCaller: Caller;
  readonly #loaded = new Set<LoadedCode>();
  #closed = false;
  #heap = 0n;
  #calls = 0;

  /** Takes over the system, which is closed with the machine. */
  constructor(system: System, vectorBytes: VectorBytes) {
    this.#system = system;
    this.vectorBytes = vectorBytes;
    this.#makeCaller = new Function(`return ${callerSource}`)() as Caller;
  }

  /** How native functions are called. */
  get convention(): Convention {
    return this.#system.convention;
  }

  /**
   * Sets the memory that tiles work on, which must be shared: such memory never moves, even if it
   * grows. `calls` is the byte address of one call for each thread.
   */
  attach(memory: WebAssembly.Memory, calls: number): void {
    const bytes = new Uint8Array(memory.buffer as unknown as ArrayBuffer);
    this.#heap = addressOf(Deno.UnsafePointer.of(bytes));
    this.#calls = calls;
  }

  /** Byte address in the heap of a thread's call; 0 is the main thread. */
  callOf(thread: number): number {
    return this.#calls + CALL_BYTES * thread;
  }

  /** What worker `i` needs to call the same code. */
  startOf(worker: number): NativeStart {
    const { library } = this.#system;
    return { library, heap: this.#heap, call: this.callOf(worker + 1) };
  }

  /** Loads the machine code of a program. */
  load(code: Uint8Array<ArrayBuffer>): LoadedCode {
    const address = this.#system.allocateCode(code);
    const heap = this.#heap;
    const places = { heap, call: this.callOf(0), code: address };
    const loaded: LoadedCode = {
      address,
      enter: this.#makeCaller(this.#system.enter, Deno.UnsafePointer.create, places),
      release: () => {
        if (this.#loaded.delete(loaded)) this.#system.freeCode(address, code.length);
      },
    };
    this.#loaded.add(loaded);
    return loaded;
  }

  /** Guards a block of the heap, of {@linkcode guardedByteLength} bytes. */
  guard(block: number, byteLength: number): GuardedMemory {
    const guarded = guardMemory(this.#system, this.#heap, { block, byteLength });
    const open = (): void => {
      if (!this.#closed) guarded.open();
    };
    return { ...guarded, open };
  }

  /** Frees all code and closes the system's library. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    for (const loaded of this.#loaded) loaded.release();
    this.#closed = true;
    this.#system[Symbol.dispose]();
  }
}
