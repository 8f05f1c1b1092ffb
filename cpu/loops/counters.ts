/** Counters of the outer axes: the position of a unit of work. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";

/** Sets the counters to the position of unit `from`. The last counter varies fastest. */
export function emitCounters(
  f: FunctionBuilder,
  from: Local,
  counters: readonly Local[],
  sizes: readonly number[],
): void {
  const rest = f.local("i32");
  f.get(from).set(rest);
  for (let i = counters.length - 1; i > 0; i--) {
    f.get(rest).i32(sizes[i]!).op("i32.rem_u").set(counters[i]!);
    f.get(rest).i32(sizes[i]!).op("i32.div_u").set(rest);
  }
  if (counters[0]) f.get(rest).set(counters[0]);
}

/** Advances the counters by one unit. */
export function emitAdvance(
  f: FunctionBuilder,
  counters: readonly Local[],
  sizes: readonly number[],
): void {
  const advance = (i: number): void => {
    const counter = counters[i];
    if (!counter) return;
    f.advance(counter, 1);
    if (i === 0) return;
    f.get(counter).i32(sizes[i]!).op("i32.eq").if(() => {
      f.i32(0).set(counter);
      advance(i - 1);
    });
  };
  advance(counters.length - 1);
}
