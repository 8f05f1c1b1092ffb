/**
 * Payne-Hanek range reduction for large angles. WGSL only has 32-bit integers, so each 64-bit
 * product is computed from four 32-bit products.
 */

/** The upper 32 bits of the product of two u32. */
export function multiplyHigh(): string {
  return `fn multiplyHigh(a: u32, b: u32) -> u32 {
  let cross = (a >> 16u) * (b & 0xffffu) + (((a & 0xffffu) * (b & 0xffffu)) >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (cross >> 16u) + (other >> 16u);
}`;
}

/**
 * Reduces an angle of at least 1 radian to a remainder in [−π/4, π/4] and a number of quarter
 * turns modulo 4. With |x| = m · 2^(e − 32) and `words` the bits of 1 / 2π, the number of turns is
 * m · (bits from e − 32 on) mod 1, kept as 64 bits in `high` and `low`.
 */
export function largeAngle(): string {
  return `fn largeAngle(x: f32) -> vec2f {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  if (bits >= 0x7f800000u) { return vec2f(special(0x7fc00000u), 0.0); }
  var words = array<u32, 8>(0u, 0x28be60dbu, 0x9391054au, 0x7f09d5f4u, 0x7d4d3770u, 0x36d8a566u,
    0x4f10e410u, 0x7f9458eau);
  let e = (bits >> 23u) - 126u;
  let m = (bits << 8u) | 0x80000000u;
  let i = e >> 5u;
  let shift = e & 31u;
  let first = (words[i] << shift) | ((words[i + 1u] >> 1u) >> (31u - shift));
  let second = (words[i + 1u] << shift) | ((words[i + 2u] >> 1u) >> (31u - shift));
  let third = (words[i + 2u] << shift) | ((words[i + 3u] >> 1u) >> (31u - shift));
  let part = m * second;
  let low = part + multiplyHigh(m, third);
  let high = m * first + multiplyHigh(m, second) + select(0u, 1u, low < part);
  let quarters = (high + 0x20000000u) >> 30u;
  let rest = high - (quarters << 30u);
  let isBehind = rest >= 0x80000000u;
  let negatedLow = ~low + 1u;
  let restLow = select(low, negatedLow, isBehind);
  let restHigh = select(rest, ~rest + select(0u, 1u, negatedLow == 0u), isBehind);
  let turns = f32(restHigh) * 2.3283064365386963e-10 + f32(restLow) * 5.421010862427522e-20;
  let r = turns * 6.283185307;
  let isNegative = isBehind != (x < 0.0);
  let q = f32(quarters & 3u);
  return vec2f(select(r, -r, isNegative), select(q, -q, x < 0.0));
}`;
}
