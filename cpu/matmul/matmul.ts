/**
 * Generates WebAssembly for a matrix product with fixed shapes and strides.
 *
 * The product is split into *units*: blocks of rows times blocks of panels, where a panel is eight
 * columns. Units are independent, so threads take ranges of them without synchronization. Every
 * element of C is summed in one fixed order, so results do not depend on which thread computes
 * which unit.
 */

import type { Workload } from "../compiled_kernel.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionHandle } from "../wasm/function_builder.ts";
import { MatmulEmitter } from "./emitter.ts";
import type { MatmulEpilogue } from "./epilogue.ts";
import type { NativeStrips } from "./native_strip.ts";
import { scratchLayout } from "./layout.ts";
import { type MatmulSpec, type MatmulTiling, tileMatmul } from "./tiling.ts";

/** Options for generating a matrix product. */
export interface MatmulOptions {
  /** Name of the function. */
  readonly name: string;
  /** The product to compute. */
  readonly spec: MatmulSpec;
  readonly epilogue: MatmulEpilogue;
  /** The program's native tiles. Default: WebAssembly alone. */
  readonly native?: NativeStrips | undefined;
  /** Overrides of the tiling by {@linkcode tileMatmul}, for tests. */
  readonly tiling?: Partial<MatmulTiling>;
}

/** A generated product. */
interface EmittedMatmul extends Workload {
  /** `(a, b, scratch, unitFrom, unitTo, …)`: byte addresses, units, the epilogue's parameters. */
  readonly handle: FunctionHandle;
}

/** Adds a function that computes C = A·B to a module. */
export function emitMatmul(module: ModuleBuilder, options: MatmulOptions): EmittedMatmul {
  const { spec, epilogue, native, name } = options;
  assertMatmulSpec(name, spec);
  const tiling = { ...tileMatmul(spec, native?.lanes), ...options.tiling };
  const layout = scratchLayout(tiling, module.guard);
  const extraTypes = Array.from({ length: epilogue.paramCount }, () => "i32" as const);
  const handle = module.function(name, {
    params: ["i32", "i32", "i32", "i32", "i32", ...extraTypes],
  }, (f, a, b, scratch, unitFrom, unitTo, ...extra) => {
    const params = { a, b, scratch, unitFrom, unitTo, extra };
    new MatmulEmitter(f, { spec, tiling, layout, epilogue, native }, params).emit();
  });
  const rowBlocks = Math.ceil(spec.m / tiling.rowsPerUnit);
  const columnBlocks = Math.ceil(spec.n / (tiling.panelColumns * tiling.panelsPerUnit));
  return {
    handle,
    unitCount: rowBlocks * columnBlocks,
    unitsPerPack: rowBlocks,
    scratchByteLength: layout.byteLength,
  };
}

function assertMatmulSpec(name: string, { m, n, k, a, b }: MatmulSpec): void {
  if (!(m > 0 && n > 0 && k > 0)) {
    throw new RangeError(
      `Cannot generate "${name}": a product needs at least one row, column, and term: ` +
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
