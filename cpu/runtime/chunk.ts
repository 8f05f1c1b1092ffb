/** Emits the chunks of a stage, which threads take. */
import type { CompiledKernel } from "../compiled_kernel.ts";
import type { Stage } from "../schedule.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";

/** Emits the call of a kernel for a range of its units. */
type EmitCall = (kernel: CompiledKernel, from: Local, to: Local) => void;

/**
 * Emits one chunk of a stage. The kernels are laid end to end by cost and split into `chunks` equal
 * pieces, whose ends are rounded to whole units (the same way for adjacent pieces).
 */
export function emitChunk(
  f: FunctionBuilder,
  { kernels, chunks }: Stage,
  chunk: Local,
  emitCall: EmitCall,
): void {
  const total = kernels.reduce((sum, { cost }) => sum + Math.ceil(cost), 0);
  const [start, stop] = f.locals("f64", 2);
  const [from, to] = f.locals("i32", 2);
  [start, stop].forEach((share, i) => {
    f.get(chunk).i32(i).op("i32.add", "f64.convert_i32_s");
    f.f64(total / chunks).op("f64.mul").set(share);
  });
  let before = 0;
  for (const kernel of kernels) {
    emitEnd(f, kernel, { share: start, before, end: from });
    emitEnd(f, kernel, { share: stop, before, end: to });
    f.get(from, to).op("i32.lt_s").if(() => emitCall(kernel, from, to));
    before += Math.ceil(kernel.cost);
  }
}

/** Sets `end` to the unit of a kernel at a position among all kernels of the stage. */
function emitEnd(
  f: FunctionBuilder,
  { cost, unitCount, unitsPerPack }: CompiledKernel,
  { share, before, end }: { share: Local; before: number; end: Local },
): void {
  const pack = unitCount >= 8 * unitsPerPack ? unitsPerPack : 1;
  // A small surplus compensates for rounding, so that the last chunk ends at the last unit.
  f.get(share).f64(before).op("f64.sub").f64(unitCount / pack / Math.ceil(cost)).op("f64.mul");
  f.f64(1e-6).op("f64.add", "i32.trunc_sat_f64_u").i32(pack).op("i32.mul").set(end);
  f.get(end).i32(unitCount).get(end).i32(unitCount).op("i32.lt_s", "select").set(end);
}
