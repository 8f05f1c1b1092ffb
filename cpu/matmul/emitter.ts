/** Emits the loops of a matrix product around its register block. */
import type { UnitParams } from "../loops/epilogue.ts";
import type { FunctionBuilder } from "../wasm/function_builder.ts";
import { emitFinishedUnit, type FinishedProduct } from "./finished_unit.ts";
import { emitKBlock, type KBlock } from "./k_block.ts";
import { declareLoopLocals, type LoopLocals, type ScratchLayout } from "./layout.ts";
import type { NativeStrips } from "./native_strip.ts";
import { emitStripPacking, packedTileByteLength } from "./pack.ts";
import { Panels } from "./panels.ts";
import { rowsInPlace, type RowSource, rowsPacked } from "./row_source.ts";
import { declareTileRegisters, emitTile, type TileRegisters } from "./tile.ts";
import type { MatmulSpec, MatmulTiling } from "./tiling.ts";

/** A product with all decisions made. */
interface PlannedProduct extends FinishedProduct {
  readonly native: NativeStrips | undefined;
}

/** Emits the body of one product. */
export class MatmulEmitter {
  readonly #f: FunctionBuilder;
  readonly #spec: MatmulSpec;
  readonly #tiling: MatmulTiling;
  readonly #params: UnitParams;
  readonly #product: FinishedProduct;
  readonly #native: NativeStrips | undefined;
  readonly #layout: ScratchLayout;
  readonly #registers: TileRegisters;
  readonly #at: LoopLocals;
  readonly #panels: Panels;

  constructor(f: FunctionBuilder, product: PlannedProduct, params: UnitParams) {
    this.#f = f;
    this.#spec = product.spec;
    this.#tiling = product.tiling;
    this.#layout = product.layout;
    this.#product = product;
    this.#native = product.native;
    this.#params = params;
    this.#registers = declareTileRegisters(f);
    this.#at = declareLoopLocals(f);
    this.#panels = new Panels(f, {
      spec: product.spec,
      tiling: product.tiling,
      params,
      at: this.#at,
      lanes: product.native?.lanes ?? 4,
    });
  }

  /** Emits the loop over units. */
  emit(): void {
    const f = this.#f;
    const { k } = this.#spec;
    const { panelsPerUnit, rowsPerUnit, kBlock } = this.#tiling;
    const { rowFrom, rowTo, panelFrom, panelTo, kFrom } = this.#at;
    const rowBlocks = Math.ceil(this.#spec.m / rowsPerUnit);
    const [unit, packed] = f.locals("i32", 2);
    f.i32(-1).set(packed);
    f.for(unit, this.#params.unitFrom, this.#params.unitTo, 1, () => {
      f.get(unit).i32(rowBlocks).op("i32.div_u").i32(panelsPerUnit).op("i32.mul").set(panelFrom);
      f.get(panelFrom).i32(panelsPerUnit).op("i32.add").setAtMost(panelTo, this.#panels.count);
      f.get(unit).i32(rowBlocks).op("i32.rem_u").i32(rowsPerUnit).op("i32.mul").set(rowFrom);
      f.get(rowFrom).i32(rowsPerUnit).op("i32.add").setAtMost(rowTo, this.#spec.m);
      f.get(panelFrom, packed).op("i32.ne").if(() => {
        this.#panels.packWhole();
        f.get(panelFrom).set(packed);
      });
      f.for(kFrom, 0, k, kBlock, () => {
        const block = emitKBlock(f, { k, kBlock, kFrom });
        this.#panels.packBlock(block);
        this.#emitStrips(block);
      });
      emitFinishedUnit(f, this.#product, { at: this.#at, params: this.#params });
    });
  }

  // Emits the unit's rows for the current block of k: strips of whole tiles, then the last rows.
  #emitStrips(block: KBlock): void {
    const f = this.#f;
    const { tileRows, rowsPerStrip } = this.#tiling;
    const { rowFrom, rowTo, stripFrom, stripTo } = this.#at;
    const remainder = this.#spec.m % tileRows;
    if (this.#spec.m >= tileRows) {
      const wholeTo = f.local("i32");
      f.get(rowTo).i32(tileRows).op("i32.div_u").i32(tileRows).op("i32.mul").set(wholeTo);
      f.for(stripFrom, rowFrom, wholeTo, rowsPerStrip, () => {
        f.get(stripFrom).i32(rowsPerStrip).op("i32.add").setAtMost(stripTo, wholeTo);
        this.#emitStripAddress();
        this.#emitStrip(tileRows, this.#emitStripPacking(block), block);
      });
    }
    if (remainder === 0) return;
    f.get(rowTo).i32(this.#spec.m).op("i32.eq").if(() => {
      f.i32(this.#spec.m - remainder).set(stripFrom).i32(this.#spec.m).set(stripTo);
      this.#emitStripAddress();
      this.#emitStrip(remainder, rowsInPlace(this.#spec), block);
    });
  }

  #emitStripAddress(): void {
    const { a } = this.#spec;
    const { stripFrom, kFrom, aStrip } = this.#at;
    this.#f.get(this.#params.a, stripFrom).i32(4 * a.rowStride).op("i32.mul", "i32.add")
      .get(kFrom).i32(4 * a.colStride).op("i32.mul", "i32.add").set(aStrip);
  }

  /** Packs the strip if that pays off, and returns how tiles read it. */
  #emitStripPacking(block: KBlock): RowSource {
    if (!this.#tiling.packA) return rowsInPlace(this.#spec);
    const f = this.#f;
    const { stripFrom, stripTo, aStrip } = this.#at;
    const [rows, target] = f.locals("i32", 2);
    const tile = {
      packedRows: this.#tiling.packedRows,
      tileBytes: packedTileByteLength(this.#tiling),
    };
    f.get(stripTo, stripFrom).op("i32.sub").set(rows);
    f.get(this.#params.scratch).i32(this.#layout.strip).op("i32.add").set(target);
    emitStripPacking(f, this.#spec, { source: aStrip, target, rows, ...tile, ...block });
    f.get(target).set(aStrip);
    return rowsPacked(this.#spec, tile);
  }

  #emitStrip(rows: number, source: RowSource, block: KBlock): void {
    const f = this.#f;
    const { row, stripFrom, stripTo, aStrip, bPanel, target } = this.#at;
    this.#panels.forEach((columns) => {
      this.#panels.locate(columns);
      if (this.#native) {
        return this.#emitNativeTiles(this.#native, { rows, columns, source }, block);
      }
      f.for(row, stripFrom, stripTo, rows, () => {
        f.get(aStrip, row, stripFrom).op("i32.sub").i32(source.stripRowBytes);
        f.op("i32.mul", "i32.add").set(this.#registers.aAddress);
        f.get(bPanel).set(this.#registers.bAddress);
        this.#emitTarget();
        emitTile(f, this.#registers, {
          rows,
          columns,
          ...source,
          ...block,
          bStepBytes: this.#panels.stepBytes(columns),
          target,
          targetRowBytes: this.#layout.sumsRowBytes,
          relaxed: this.#spec.relaxed,
        });
      });
    });
  }

  /** Emits one call for all tiles of a strip and a panel. */
  #emitNativeTiles(
    native: NativeStrips,
    { rows, columns, source }: { rows: number; columns: number; source: RowSource },
    { last }: KBlock,
  ): void {
    const f = this.#f;
    f.get(this.#at.stripFrom).set(this.#at.row);
    this.#emitTarget();
    const { kBlock } = this.#tiling;
    native.emitCall(f, { at: this.#at, k: this.#spec.k, kBlock, last }, {
      rows,
      vectors: this.#panels.filled(columns) / native.lanes,
      source,
      bStepBytes: this.#panels.stepBytes(columns),
      sumsRowBytes: this.#layout.sumsRowBytes,
    });
  }

  #emitTarget(): void {
    const f = this.#f;
    const { row, rowFrom, target } = this.#at;
    this.#panels.pushPlace(4 * this.#tiling.panelColumns).i32(this.#layout.sums).op("i32.add");
    f.get(row, rowFrom).op("i32.sub").i32(this.#layout.sumsRowBytes).op("i32.mul", "i32.add");
    f.set(target);
  }
}
