/** Short sequences of vector instructions that several kernels use. */
import type { FunctionBuilder, Local } from "./function_builder.ts";

/** Four locals of type v128. */
type Quad = readonly [Local, Local, Local, Local];

/** sum += a · b. */
export function emitMultiplyAdd(
  f: FunctionBuilder,
  relaxed: boolean,
  { sum, a, b }: { sum: Local; a: Local; b: Local },
): void {
  if (relaxed) f.get(a, b, sum).op("f32x4.relaxed_madd").set(sum);
  else f.get(sum, a, b).op("f32x4.mul", "f32x4.add").set(sum);
}

/** Sets `vector` to `count` elements of 4 bytes that are `laneBytes` apart; the rest is zero. */
export function emitLaneLoads(
  f: FunctionBuilder,
  { address, byteOffset, laneBytes }: { address: Local; byteOffset: number; laneBytes: number },
  { vector, count }: { vector: Local; count: number },
): void {
  f.get(address).memory("v128.load32_zero", byteOffset).set(vector);
  for (let lane = 1; lane < count; lane++) {
    f.get(address, vector).memoryLane("v128.load32_lane", lane, byteOffset + lane * laneBytes);
    f.set(vector);
  }
}

/** Transposes four vectors: vector i of the result holds lane i of each. */
export function emitTransposition(
  f: FunctionBuilder,
  [a, b, c, d]: Quad,
  results?: Quad,
): Quad {
  const [ab, abHigh, cd, cdHigh] = f.locals("v128", 4);
  const [x, y, z, w] = results ?? f.locals("v128", 4);
  f.get(a, b).shuffle32(0, 4, 1, 5).set(ab);
  f.get(a, b).shuffle32(2, 6, 3, 7).set(abHigh);
  f.get(c, d).shuffle32(0, 4, 1, 5).set(cd);
  f.get(c, d).shuffle32(2, 6, 3, 7).set(cdHigh);
  f.get(ab, cd).shuffle32(0, 1, 4, 5).set(x);
  f.get(ab, cd).shuffle32(2, 3, 6, 7).set(y);
  f.get(abHigh, cdHigh).shuffle32(0, 1, 4, 5).set(z);
  f.get(abHigh, cdHigh).shuffle32(2, 3, 6, 7).set(w);
  return [x, y, z, w];
}
