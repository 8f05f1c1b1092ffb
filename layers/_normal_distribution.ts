/**
 * The standard normal distribution on the host, in float64.
 * @module
 */
import { erf, input, interpret } from "../graph/mod.ts";

function erfOf(values: Float64Array): ArrayLike<number> {
  const x = input("x", { dtype: "f32", shape: [values.length] });
  const y = erf(x);
  return interpret([y], new Map([[x, values]])).get(y)!;
}

/** Φ(x) of each x: the probability of a number up to x. */
export function normalCumulative(x: Float64Array): Float64Array {
  const values = erfOf(x.map((value) => value * Math.SQRT1_2));
  return Float64Array.from(values, (value) => (1 + value) / 2);
}

/** Φ⁻¹(p) of each probability p. */
export function normalQuantiles(probabilities: Float64Array): Float64Array {
  return inverseErf(probabilities.map((p) => 2 * p - 1)).map((value) => Math.SQRT2 * value);
}

/** Newton's method from an approximation that is off by 0.2% at most. */
function inverseErf(y: Float64Array): Float64Array {
  let x: Float64Array = y.map(roughInverseErf);
  for (let step = 0; step < 2; step++) {
    const values = erfOf(x);
    x = x.map((value, i) => {
      const slope = 2 / Math.sqrt(Math.PI) * Math.exp(-value * value);
      return slope > 0 ? value - (values[i]! - y[i]!) / slope : value;
    });
  }
  return x;
}

/** [Winitzki 2008, Eq. 7], which solves his approximation of erf. */
function roughInverseErf(y: number): number {
  const a = 0.147;
  const half = Math.log((1 - y) * (1 + y)) / 2;
  const center = 2 / (Math.PI * a) + half;
  return Math.sign(y) * Math.sqrt(Math.sqrt(center * center - 2 * half / a) - center);
}
