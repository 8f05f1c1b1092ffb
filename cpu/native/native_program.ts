import type { Guard } from "../wasm/guard.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type {
  FunctionBuilder,
  FunctionHandle,
  GlobalHandle,
  Local,
} from "../wasm/function_builder.ts";
import { ARGUMENTS, CALL, RESULTS } from "./call_layout.ts";
import { type CopyCall, type Interleave, interleaveSpans } from "./interleave.ts";
import { NativeCode, type NativeTarget } from "./native_code.ts";
import { LANES, type Lanes, type VectorBytes } from "./registers.ts";
import type { Tile } from "./tile.ts";
import { emitSpan, type Span, spansOf, type TileCall } from "./tile_spans.ts";
import type { VectorLoop } from "./vector_loop.ts";

/** The native tiles of one program, and the WebAssembly code that calls them. */
export class NativeProgram {
  /** Width of vectors in bytes, and in elements. */
  readonly vectorBytes: VectorBytes;
  readonly lanes: Lanes;
  readonly #module: ModuleBuilder;
  readonly #code: NativeCode;
  readonly #enter: FunctionHandle;
  /** Functions that call loops: by the number of their words, and of those that are values. */
  readonly #loopCalls = new Map<string, FunctionHandle>();
  /** `(…words of a call)`. */
  readonly #call: FunctionHandle;
  /** `(byte offset) → vector`. */
  readonly #result: FunctionHandle;
  /** Address of this thread's call. */
  readonly #place: GlobalHandle;

  /** Adds an import and a function to a module that has no functions yet. */
  constructor(module: ModuleBuilder, target: NativeTarget) {
    this.vectorBytes = target.vectorBytes;
    this.lanes = LANES[target.vectorBytes];
    this.#module = module;
    this.#code = new NativeCode(target);
    this.#place = module.global();
    this.#enter = module.importFunction("host", "enter", {});
    const result = { params: ["i32"], results: ["v128"] } as const;
    this.#result = module.function("native result", result, (f, offset) => {
      f.globalGet(this.#place).get(offset).op("i32.add").memory("v128.load", RESULTS);
    });
    const words = Object.values(CALL);
    this.#call = module.function(
      "call native",
      { params: words.map(() => "i32" as const) },
      (f, ...params) => {
        words.forEach((offset, i) => {
          f.globalGet(this.#place).get(params[i]!).memory("i32.store", offset);
        });
        f.call(this.#enter);
      },
    );
  }

  /** Emits the start of a run, which records the address of the thread's call. */
  begin(f: FunctionBuilder, call: Local): void {
    f.get(call).globalSet(this.#place);
  }

  /** Emits a call of a tile. Guarded code checks the memory that the tile will access. */
  emitCall(f: FunctionBuilder, tile: Tile, call: TileCall): void {
    const { turns = 1, tiles = 1, add = 0 } = call;
    const { guard } = f;
    f.i32(this.#code.position(tile));
    if (guard) this.#pushChecked(f, guard, tile, call);
    else f.get(call.a, call.b, call.c);
    f.push(turns).push(tiles).push(add).call(this.#call);
  }

  /** Emits a call of an interleaved copy. Guarded code checks the memory that it will access. */
  emitCopy(f: FunctionBuilder, shape: Interleave, call: CopyCall): void {
    const spans = interleaveSpans(shape, this.vectorBytes);
    const counts = { turns: call.rows, tiles: call.images };
    const push = (address: Local, span: Span): void => {
      if (f.guard) emitSpan(f, f.guard, { ...span, address, call: counts });
      else f.get(address);
    };
    f.i32(this.#code.positionOfCopy(shape));
    push(call.source, spans.source);
    f.i32(0);
    push(call.target, spans.target);
    f.push(call.rows).push(call.images).i32(0).call(this.#call);
  }

  #pushChecked(f: FunctionBuilder, guard: Guard, tile: Tile, call: TileCall): void {
    const spans = spansOf(tile, this.vectorBytes);
    for (const operand of ["a", "b", "c"] as const) {
      emitSpan(f, guard, { ...spans[operand], address: call[operand], call });
    }
  }

  /**
   * Assembles loops over vectors, for calls of them.
   * @throws {Unsupported} if they need more than machine code has
   */
  prepareLoop(loop: VectorLoop): void {
    this.#code.prepareLoop(loop);
  }

  /**
   * Emits a call of loops over vectors. `push` pushes the words of the call, and then the first
   * lanes of its values, as vectors.
   */
  emitLoopCall(f: FunctionBuilder, loop: VectorLoop, push: () => void): void {
    f.i32(this.#code.positionOfLoop(loop));
    push();
    f.call(this.#loopCall(loop));
  }

  /** Pushes four elements of the results of this thread's last call. */
  emitResult(f: FunctionBuilder, element: number): void {
    f.i32(4 * element).call(this.#result);
  }

  /** `(code, …words, …values)`. */
  #loopCall({ words, values }: VectorLoop): FunctionHandle {
    const key = `${words} ${values}`;
    const known = this.#loopCalls.get(key);
    if (known) return known;
    const module = this.#module;
    const { guard } = module;
    module.guard = undefined; // the call has addresses in memory
    const types = Array.from({ length: words }, (_, i) => i < values ? "i32" as const : "v128");
    const params = ["i32" as const, ...types];
    const handle = module.function(`call native loop ${key}`, { params }, (f, code, ...args) => {
      f.globalGet(this.#place).get(code!).memory("i32.store", CALL.code);
      args.forEach((arg, i) => {
        f.globalGet(this.#place).get(arg);
        if (i < values) f.memory("i32.store", ARGUMENTS + 4 * i);
        else f.memoryLane("v128.store32_lane", 0, ARGUMENTS + 4 * i);
      });
      f.call(this.#enter);
    });
    module.guard = guard;
    this.#loopCalls.set(key, handle);
    return handle;
  }

  /** The machine code; no bytes if no tile is called. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#code.bytes();
  }
}
