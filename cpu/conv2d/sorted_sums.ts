/** Reorders the sums of a weight gradient for its epilogue. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { WeightGradientLayout, WeightGradientTiling } from "./weight_tiling.ts";

/** The decisions about a weight gradient that its sums depend on. */
interface SumsPlan {
  readonly tiling: WeightGradientTiling;
  readonly layout: WeightGradientLayout;
}

/** Copies the sums from [vector of taps][row][lane] to [row][lane][tap]. */
export function emitSortedSums(
  f: FunctionBuilder,
  plan: SumsPlan,
  sums: { from: Local; to: Local },
): void {
  const { places, vectorBytes } = plan.layout.tapVectors;
  const [tap, from, to] = f.locals("i32", 3);
  if (places.every(({ vector }, i) => vector === i)) {
    f.get(sums.from).set(from);
    f.for(tap, 0, 4 * places.length, 4, () => {
      f.get(sums.to, tap).op("i32.add").set(to);
      emitTap(f, plan, { from, to });
    });
    return;
  }
  places.forEach(({ vector, byteOffset }, i) => {
    f.get(sums.from).i32(vector * plan.tiling.rowsPerUnit * vectorBytes + byteOffset);
    f.op("i32.add").set(from).get(sums.to).i32(4 * i).op("i32.add").set(to);
    emitTap(f, plan, { from, to });
  });
}

/** Copies the sums of one tap, and moves past them. */
function emitTap(
  f: FunctionBuilder,
  { tiling: { lanes, rowsPerUnit }, layout: { tapVectors } }: SumsPlan,
  { from, to }: { from: Local; to: Local },
): void {
  const tapBytes = 4 * tapVectors.places.length;
  const [row, vector] = [f.local("i32"), f.local("v128")];
  f.for(row, 0, rowsPerUnit, 1, () => {
    for (let lane = 0; lane < lanes; lane++) {
      if (lane % 4 === 0) f.get(from).memory("v128.load", 4 * lane).set(vector);
      f.get(to, vector).memoryLane("v128.store32_lane", lane % 4, lane * tapBytes);
    }
    f.advance(from, tapVectors.vectorBytes);
    f.advance(to, lanes * tapBytes);
  });
}
