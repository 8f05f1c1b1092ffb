/** Splits axes into blocks. The last one may be smaller. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";

/** Sets `count` to the size of the block that starts at `first`. */
export function emitBlockSize(
  f: FunctionBuilder,
  { first, step, total }: { first: Local; step: number; total: number },
  count: Local,
): void {
  f.i32(total).get(first).op("i32.sub").tee(count).i32(step);
  f.get(count).i32(step).op("i32.lt_s", "select").set(count);
}
