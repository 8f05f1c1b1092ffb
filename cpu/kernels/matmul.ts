/**
 * Generates WebAssembly for a matrix product with fixed shapes and strides.
 *
 * The product is cut into *units*: blocks of rows by blocks of panels, a panel
 * being eight columns. Units are independent, so threads take ranges of them
 * without synchronisation, and since every element of C is summed in one fixed
 * order, results do not depend on who computes which unit.
 */

import type { ModuleBuilder } from "../wasm/assembler.ts";
import type {
  FunctionBuilder,
  FunctionHandle,
  Local,
  ValueType,
} from "../wasm/function_builder.ts";
import { emitEpilogueSweep } from "./matmul_epilogue.ts";
import { emitPanelPacking } from "./matmul_pack.ts";
import { declareTileRegisters, emitTile, type TileRegisters } from "./matmul_tile.ts";
import {
  type MatmulSpec,
  type MatmulTiling,
  PANEL_COLUMNS,
  TILE_ROWS,
  tileMatmul,
} from "./matmul_tiling.ts";

export type { MatmulSpec, MatrixStrides } from "./matmul_tiling.ts";

/** Finished elements of C, handed to a {@linkcode MatmulEpilogue}. */
export interface FinishedElements {
  /** The sums: an f32 if `width` is 1, four consecutive columns if it is 4. */
  readonly value: Local;
  /** Row in C, an i32. */
  readonly row: Local;
  /** First column in C, an i32. */
  readonly column: Local;
  /** `row · n + column`, an i32. */
  readonly index: Local;
  readonly width: 1 | 4;
  /** The function's extra parameters, as the epilogue declared them. */
  readonly params: readonly Local[];
}

/** What happens to each element of C once it is complete. */
export interface MatmulEpilogue {
  /** Parameters to add to the generated function, such as output addresses. */
  readonly params: readonly ValueType[];
  /** Emits the treatment; called at most twice, once for quads, once for single columns. */
  readonly emit: (f: FunctionBuilder, finished: FinishedElements) => void;
}

/** What to generate. */
export interface MatmulOptions {
  readonly name: string;
  readonly spec: MatmulSpec;
  /** Absent: C is stored row by row at the address in one extra parameter. */
  readonly epilogue?: MatmulEpilogue;
}

/** A generated product and what its caller must provide. */
export interface MatmulKernel {
  /** `(a, b, scratch, unitFrom, unitTo, …epilogue.params)`: byte addresses, then units. */
  readonly handle: FunctionHandle;
  /** Units in the whole product. */
  readonly unitCount: number;
  /** Neighbouring units that share packed panels; ranges had better be multiples of it. */
  readonly unitsPerPack: number;
  /** Scratch memory that each thread needs for itself, 16-byte aligned. */
  readonly scratchByteLength: number;
  /** Largest byte offset in an instruction; a memory declared larger saves checks. */
  readonly floatingPointOperations: number;
}

/** Adds one exported function that computes C = A·B to a module. */
export function emitMatmul(module: ModuleBuilder, options: MatmulOptions): MatmulKernel {
  const { spec, epilogue, name } = options;
  assertMatmulSpec(name, spec);
  const tiling = tileMatmul(spec);
  const extra: readonly ValueType[] = epilogue?.params ?? ["i32"];
  const handle = module.function(name, {
    params: ["i32", "i32", "i32", "i32", "i32", ...extra],
    exported: true,
  }, (f, ...params) => new MatmulEmitter(f, params, options, tiling).emit());
  const layout = scratchLayout(spec, tiling, epilogue !== undefined);
  return {
    handle,
    unitCount: tiling.rowBlocks * tiling.columnBlocks,
    unitsPerPack: tiling.rowBlocks,
    scratchByteLength: layout.byteLength,
    floatingPointOperations: 2 * spec.m * spec.n * spec.k,
  };
}

function assertMatmulSpec(name: string, { m, n, k, a, b }: MatmulSpec): void {
  if (!(m > 0 && n > 0 && k > 0)) {
    throw new RangeError(
      `Cannot generate "${name}": a product needs at least one row, column and term: ` +
        `current m, n, k are ${m}, ${n}, ${k}`,
    );
  }
  for (const [operand, strides] of [["A", a], ["B", b]] as const) {
    if (strides.rowStride !== 1 && strides.colStride !== 1) {
      throw new RangeError(
        `Cannot generate "${name}": one stride of ${operand} must be 1: ` +
          `current strides are ${strides.rowStride} and ${strides.colStride}`,
      );
    }
  }
}

interface ScratchLayout {
  /** Byte offset of the sums that wait for the epilogue, after the packed panels. */
  readonly sums: number;
  readonly byteLength: number;
}

function scratchLayout(spec: MatmulSpec, tiling: MatmulTiling, hasSums: boolean): ScratchLayout {
  const unitColumns = tiling.panelsPerUnit * PANEL_COLUMNS;
  const sums = 4 * unitColumns * spec.k;
  const byteLength = sums + (hasSums ? 4 * unitColumns * tiling.rowsPerUnit : 0);
  return { sums, byteLength };
}

/** The locals that name one unit's part of the product. */
interface UnitLocals {
  readonly rowFrom: Local;
  readonly rowTo: Local;
  readonly panelFrom: Local;
  readonly panelTo: Local;
}

class MatmulEmitter {
  readonly #f: FunctionBuilder;
  readonly #spec: MatmulSpec;
  readonly #tiling: MatmulTiling;
  readonly #epilogue: MatmulEpilogue | undefined;
  readonly #registers: TileRegisters;
  readonly #a: Local;
  readonly #b: Local;
  readonly #scratch: Local;
  readonly #unitFrom: Local;
  readonly #unitTo: Local;
  readonly #extra: readonly Local[];
  readonly #unit: UnitLocals;
  readonly #row: Local;
  readonly #panel: Local;
  readonly #kFrom: Local;
  readonly #target: Local;

  constructor(
    f: FunctionBuilder,
    params: readonly Local[],
    options: MatmulOptions,
    tiling: MatmulTiling,
  ) {
    const [a, b, scratch, unitFrom, unitTo, ...extra] = params;
    if (!a || !b || !scratch || !unitFrom || !unitTo) throw new Error("Internal: parameters");
    this.#f = f;
    this.#spec = options.spec;
    this.#tiling = tiling;
    this.#epilogue = options.epilogue;
    [this.#a, this.#b, this.#scratch, this.#unitFrom, this.#unitTo] = [
      a,
      b,
      scratch,
      unitFrom,
      unitTo,
    ];
    this.#extra = extra;
    this.#registers = declareTileRegisters(f);
    const index = () => f.local("i32");
    this.#unit = { rowFrom: index(), rowTo: index(), panelFrom: index(), panelTo: index() };
    this.#row = index();
    this.#panel = index();
    this.#kFrom = index();
    this.#target = index();
  }

  emit(): void {
    const f = this.#f;
    const { rowBlocks, panelsPerUnit, rowsPerUnit, panels } = this.#tiling;
    const { rowFrom, rowTo, panelFrom, panelTo } = this.#unit;
    const unit = f.local("i32");
    const packed = f.local("i32");
    f.i32(-1).set(packed);
    f.for(unit, this.#unitFrom, this.#unitTo, 1, () => {
      f.get(unit).i32(rowBlocks).op("i32.div_u").i32(panelsPerUnit).op("i32.mul").set(panelFrom);
      emitMinimum(f, panelFrom, panelsPerUnit, panels, panelTo);
      f.get(unit).i32(rowBlocks).op("i32.rem_u").i32(rowsPerUnit).op("i32.mul").set(rowFrom);
      emitMinimum(f, rowFrom, rowsPerUnit, this.#spec.m, rowTo);
      f.get(panelFrom, packed).op("i32.ne").if(() => {
        this.#emitPacking();
        f.get(panelFrom).set(packed);
      });
      f.for(this.#kFrom, 0, this.#spec.k, this.#tiling.kBlock, () => this.#emitRows());
      this.#emitEpilogue();
    });
  }

  #emitPacking(): void {
    const f = this.#f;
    const source = f.local("i32");
    const target = f.local("i32");
    this.#emitPanels((columns) => {
      if (columns === PANEL_COLUMNS && !this.#tiling.packB) return;
      this.#emitPanelSource().set(source);
      this.#emitPackedPanel().set(target);
      emitPanelPacking(f, this.#spec, { source, target, columns });
    });
  }

  // Visits the unit's panels: a loop over the full ones, then the narrow last one.
  #emitPanels(body: (columns: number) => void): void {
    const f = this.#f;
    const { panelFrom, panelTo } = this.#unit;
    const { fullPanels, panels } = this.#tiling;
    const fullTo = f.local("i32");
    if (fullPanels > 0) {
      emitMinimum(f, panelTo, 0, fullPanels, fullTo);
      f.for(this.#panel, panelFrom, fullTo, 1, () => body(PANEL_COLUMNS));
    }
    if (panels === fullPanels) return;
    f.get(panelTo).i32(panels).op("i32.eq").if(() => {
      f.i32(fullPanels).set(this.#panel);
      body(this.#spec.n % PANEL_COLUMNS);
    });
  }

  /** Pushes the address in B of the current panel's first element. */
  #emitPanelSource(): FunctionBuilder {
    const bytes = 4 * PANEL_COLUMNS * this.#spec.b.colStride;
    return this.#f.get(this.#b, this.#panel).i32(bytes).op("i32.mul", "i32.add");
  }

  /** Pushes the address of the current panel's packed copy. */
  #emitPackedPanel(): FunctionBuilder {
    return this.#emitPanelInUnit(4 * PANEL_COLUMNS * this.#spec.k, this.#scratch);
  }

  #emitPanelInUnit(panelBytes: number, base: Local): FunctionBuilder {
    return this.#f.get(base, this.#panel, this.#unit.panelFrom).op("i32.sub")
      .i32(panelBytes).op("i32.mul", "i32.add");
  }

  // One sweep over the unit's rows for the current block of k.
  #emitRows(): void {
    const f = this.#f;
    const { rowFrom, rowTo } = this.#unit;
    const remainder = this.#spec.m % TILE_ROWS;
    const block = this.#kBlockLocals();
    const wholeTo = f.local("i32");
    if (this.#spec.m >= TILE_ROWS) {
      f.get(rowTo).i32(-TILE_ROWS).op("i32.and").set(wholeTo);
      f.for(this.#row, rowFrom, wholeTo, TILE_ROWS, () => this.#emitTileRow(TILE_ROWS, block));
    }
    if (remainder === 0) return;
    f.get(rowTo).i32(this.#spec.m).op("i32.eq").if(() => {
      f.i32(this.#spec.m - remainder).set(this.#row);
      this.#emitTileRow(remainder, block);
    });
  }

  #kBlockLocals(): KBlock {
    const f = this.#f;
    const { k } = this.#spec;
    const { kBlock, kBlocks } = this.#tiling;
    if (kBlocks === 1) return { groups: Math.floor(k / 4), last: true, resume: undefined };
    const groups = f.local("i32");
    const last = f.local("i32");
    f.get(this.#kFrom).i32(k - kBlock).op("i32.ge_s").set(last);
    f.i32(Math.floor((k - (kBlocks - 1) * kBlock) / 4)).i32(kBlock / 4).get(last);
    f.op("select").set(groups);
    return { groups, last, resume: this.#kFrom };
  }

  #emitTileRow(rows: number, block: KBlock): void {
    const f = this.#f;
    const { a } = this.#spec;
    const tileA = f.local("i32");
    f.get(this.#a, this.#row).i32(4 * a.rowStride).op("i32.mul", "i32.add");
    f.get(this.#kFrom).i32(4 * a.colStride).op("i32.mul", "i32.add").set(tileA);
    this.#emitPanels((columns) => {
      f.get(tileA).set(this.#registers.aAddress);
      this.#emitTileB(columns);
      this.#emitTarget();
      emitTile(f, this.#spec, this.#registers, {
        rows,
        columns,
        aRowBytes: 4 * a.rowStride,
        aStepBytes: 4 * a.colStride,
        bStepBytes: this.#bStepBytes(columns),
        ...block,
        remainder: this.#spec.k % 4,
        target: this.#target,
        targetRowBytes: this.#targetRowBytes(),
        targetPadded: this.#epilogue !== undefined,
      });
    });
  }

  #bStepBytes(columns: number): number {
    if (columns === PANEL_COLUMNS && !this.#tiling.packB) return 4 * this.#spec.b.rowStride;
    return 16 * Math.ceil(columns / 4);
  }

  #emitTileB(columns: number): void {
    const f = this.#f;
    if (columns === PANEL_COLUMNS && !this.#tiling.packB) this.#emitPanelSource();
    else this.#emitPackedPanel();
    f.get(this.#kFrom).i32(this.#bStepBytes(columns)).op("i32.mul", "i32.add");
    f.set(this.#registers.bAddress);
  }

  #targetRowBytes(): number {
    if (this.#epilogue === undefined) return 4 * this.#spec.n;
    return 4 * PANEL_COLUMNS * this.#tiling.panelsPerUnit;
  }

  // Without an epilogue partial sums live in C itself.
  #emitTarget(): void {
    const f = this.#f;
    const [c] = this.#extra;
    const panelBytes = 4 * PANEL_COLUMNS;
    if (this.#epilogue === undefined && c !== undefined) {
      f.get(c, this.#panel).i32(panelBytes).op("i32.mul", "i32.add").get(this.#row);
    } else {
      this.#emitPanelInUnit(panelBytes, this.#scratch);
      f.i32(scratchLayout(this.#spec, this.#tiling, true).sums).op("i32.add");
      f.get(this.#row, this.#unit.rowFrom).op("i32.sub");
    }
    f.i32(this.#targetRowBytes()).op("i32.mul", "i32.add").set(this.#target);
  }

  #emitEpilogue(): void {
    if (this.#epilogue === undefined) return;
    const sums = this.#f.local("i32");
    this.#f.get(this.#scratch).i32(scratchLayout(this.#spec, this.#tiling, true).sums);
    this.#f.op("i32.add").set(sums);
    emitEpilogueSweep(this.#f, this.#epilogue, {
      ...this.#unit,
      sums,
      sumsRowBytes: this.#targetRowBytes(),
      columns: this.#spec.n,
      params: this.#extra,
    });
  }
}

/** The current block of k, as {@linkcode emitTile} wants it. */
interface KBlock {
  readonly groups: number | Local;
  readonly last: true | Local;
  readonly resume: Local | undefined;
}

/** Sets `result` to the lesser of `base + step` and `limit`. */
function emitMinimum(
  f: FunctionBuilder,
  base: Local,
  step: number,
  limit: number,
  result: Local,
): void {
  f.get(base).i32(step).op("i32.add").tee(result).i32(limit);
  f.get(result).i32(limit).op("i32.lt_s", "select").set(result);
}
