import type { Guard } from "../wasm/guard.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type {
  FunctionBuilder,
  FunctionHandle,
  GlobalHandle,
  Local,
} from "../wasm/function_builder.ts";
import { CALL } from "./call_layout.ts";
import type { Convention } from "./entry.ts";
import { NativeCode } from "./native_code.ts";
import { LANES, type Lanes, type VectorBytes } from "./registers.ts";
import type { Tile } from "./tile.ts";
import { emitSpan, spansOf, type TileCall } from "./tile_spans.ts";

/** The instruction set and the operating system that code is generated for. */
export interface NativeTarget {
  readonly vectorBytes: VectorBytes;
  readonly convention: Convention;
}

/** The native tiles of one program, and the WebAssembly code that calls them. */
export class NativeProgram {
  /** Width of vectors in bytes, and in elements. */
  readonly vectorBytes: VectorBytes;
  readonly lanes: Lanes;
  readonly #code: NativeCode;
  /** `(…words of a call)`. */
  readonly #call: FunctionHandle;
  /** Address of this thread's call. */
  readonly #place: GlobalHandle;

  /** Adds an import and a function to a module that has no functions yet. */
  constructor(module: ModuleBuilder, target: NativeTarget) {
    this.vectorBytes = target.vectorBytes;
    this.lanes = LANES[target.vectorBytes];
    this.#code = new NativeCode(target);
    this.#place = module.global();
    const enter = module.importFunction("host", "enter", {});
    const words = Object.values(CALL);
    this.#call = module.function(
      "call native",
      { params: words.map(() => "i32" as const) },
      (f, ...params) => {
        words.forEach((offset, i) => {
          f.globalGet(this.#place).get(params[i]!).memory("i32.store", offset);
        });
        f.call(enter);
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

  #pushChecked(f: FunctionBuilder, guard: Guard, tile: Tile, call: TileCall): void {
    const spans = spansOf(tile, this.vectorBytes);
    for (const operand of ["a", "b", "c"] as const) {
      emitSpan(f, guard, { ...spans[operand], address: call[operand], call });
    }
  }

  /** The machine code; no bytes if no tile is called. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#code.bytes();
  }
}
