/** The panels of B of a unit: the loop over them, their packing, and how tiles read them. */
import type { UnitParams } from "../loops/epilogue.ts";
import type { FunctionBuilder } from "../wasm/function_builder.ts";
import { type KBlock, wholeBlock } from "./k_block.ts";
import type { LoopLocals } from "./layout.ts";
import { emitPanelPacking } from "./pack.ts";
import type { MatmulSpec, MatmulTiling } from "./tiling.ts";

/** A product, the locals of its loops, and the lanes of its vectors. */
interface PanelParts {
  readonly spec: MatmulSpec;
  readonly tiling: MatmulTiling;
  readonly params: UnitParams;
  readonly at: LoopLocals;
  readonly lanes: number;
}

/** Emits what concerns panels. The current one is in the local `panel`. */
export class Panels {
  readonly #f: FunctionBuilder;
  readonly #parts: PanelParts;
  /** Number of panels, and of those with all columns. */
  readonly count: number;
  readonly #fullCount: number;

  constructor(f: FunctionBuilder, parts: PanelParts) {
    const { spec: { n }, tiling: { panelColumns } } = parts;
    this.#f = f;
    this.#parts = parts;
    this.count = Math.ceil(n / panelColumns);
    this.#fullCount = Math.floor(n / panelColumns);
  }

  /** Emits the unit's panels: a loop over the full ones, then the narrow last one. */
  forEach(body: (columns: number) => void): void {
    const f = this.#f;
    const { spec, tiling: { panelColumns }, at: { panel, panelFrom, panelTo } } = this.#parts;
    if (this.#fullCount > 0) {
      const fullTo = f.local("i32");
      f.get(panelTo).setAtMost(fullTo, this.#fullCount);
      f.for(panel, panelFrom, fullTo, 1, () => body(panelColumns));
    }
    if (this.count === this.#fullCount) return;
    f.get(panelTo).i32(this.count).op("i32.eq").if(() => {
      f.i32(this.#fullCount).set(panel);
      body(spec.n % panelColumns);
    });
  }

  /** Emits the packing of the unit's panels with all of their terms, unless each block is packed. */
  packWhole(): void {
    if (!this.#packsBlocks) this.#pack(wholeBlock(this.#parts.spec.k));
  }

  /** Emits the packing of the current block of k, if panels have room for one block only. */
  packBlock(block: KBlock): void {
    if (this.#packsBlocks) this.#pack(block);
  }

  /** Number of columns of a packed panel, in whole vectors. */
  filled(columns: number): number {
    const { lanes } = this.#parts;
    return lanes * Math.ceil(columns / lanes);
  }

  /** Bytes from one term of a panel to the next. */
  stepBytes(columns: number): number {
    return this.#isPacked(columns) ? 4 * this.filled(columns) : 4 * this.#parts.spec.b.rowStride;
  }

  /** Sets `bPanel` to the address of the panel's terms in the current block of k. */
  locate(columns: number): void {
    const isPacked = this.#isPacked(columns);
    if (isPacked) this.#pushPacked();
    else this.#pushSource();
    if (!isPacked || !this.#packsBlocks) this.#addBlockStart(this.stepBytes(columns));
    this.#f.set(this.#parts.at.bPanel);
  }

  /** Pushes an address in scratch memory, where each of the unit's panels has some bytes. */
  pushPlace(panelBytes: number): FunctionBuilder {
    const { params, at: { panel, panelFrom } } = this.#parts;
    return this.#f.get(params.scratch, panel, panelFrom)
      .op("i32.sub").i32(panelBytes).op("i32.mul", "i32.add");
  }

  get #packsBlocks(): boolean {
    const { spec, tiling } = this.#parts;
    return tiling.packedTerms < spec.k;
  }

  #isPacked(columns: number): boolean {
    const { packB, panelColumns } = this.#parts.tiling;
    return packB || columns !== panelColumns;
  }

  #pack(block: KBlock): void {
    const f = this.#f;
    const { spec } = this.#parts;
    const [source, target] = f.locals("i32", 2);
    this.forEach((columns) => {
      if (!this.#isPacked(columns)) return;
      this.#pushSource();
      if (this.#packsBlocks) this.#addBlockStart(4 * spec.b.rowStride);
      f.set(source);
      this.#pushPacked().set(target);
      const filled = this.filled(columns);
      emitPanelPacking(f, spec, { source, target, columns, filled, ...block });
    });
  }

  /** Pushes the address of the current panel's first element in B. */
  #pushSource(): FunctionBuilder {
    const { spec, tiling, params, at } = this.#parts;
    const bytes = 4 * tiling.panelColumns * spec.b.colStride;
    return this.#f.get(params.b, at.panel).i32(bytes).op("i32.mul", "i32.add");
  }

  /** Pushes the address of the current panel's packed copy. */
  #pushPacked(): FunctionBuilder {
    const { panelColumns, packedTerms } = this.#parts.tiling;
    return this.pushPlace(4 * panelColumns * packedTerms);
  }

  /** Adds the bytes from the first term to the first one of the current block. */
  #addBlockStart(stepBytes: number): void {
    this.#f.get(this.#parts.at.kFrom).i32(stepBytes).op("i32.mul", "i32.add");
  }
}
