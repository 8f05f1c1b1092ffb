/** Payne-Hanek range reduction of large angles to [−π, π]. */
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import type { MathFunction, MathLibrary } from "./math_library.ts";

/** The binary fraction of 1 / 2π, 32 bits per word. */
const TURNS_PER_RADIAN = [
  0x28be60dbn,
  0x9391054an,
  0x7f09d5f4n,
  0x7d4d3770n,
  0x36d8a566n,
  0x4f10e410n,
  0x7f9458ean,
];

/** Angles of at least this size are reduced first. */
export const LARGE_ANGLE = 1e6;

/**
 * Reduces each finite f64 of at least {@linkcode LARGE_ANGLE} (whose value must be an f32) to the
 * angle in [−π, π] that differs from it by whole turns. Other values are unchanged.
 */
export const largeAngle: MathFunction = { name: "largeAngle", arity: 1, emit: emitLargeAngle };

function emitLargeAngle(_math: MathLibrary, f: FunctionBuilder, x: Local): void {
  const angle = f.local("f64");
  for (const lane of [0, 1]) {
    f.get(x).lane("f64x2.extract_lane", lane).tee(angle).op("f64.abs").f64(LARGE_ANGLE);
    f.op("f64.ge").get(angle).op("f64.abs").f64(Infinity).op("f64.lt", "i32.and").if(() => {
      f.get(x);
      emitTurn(f, angle);
      f.lane("f64x2.replace_lane", lane).set(x);
    });
  }
  f.get(x);
}

/** Pushes `angle` without its whole turns: m · 2^(e − 32) · (1 / 2π) mod 1 in 64 bits. */
function emitTurn(f: FunctionBuilder, angle: Local): void {
  const [bits, m, e, turn] = [0, 1, 2, 3].map(() => f.local("i64")) as [Local, Local, Local, Local];
  f.get(angle).op("i64.reinterpret_f64").set(bits);
  f.get(bits).i64(21n).op("i64.shr_u").i64(0x7fffffffn).op("i64.and");
  f.i64(0x80000000n).op("i64.or").set(m);
  f.get(bits).i64(52n).op("i64.shr_u").i64(0x7ffn).op("i64.and").i64(1022n).op("i64.sub").set(e);
  const [high, middle, low] = emitWindow(f, e);
  f.get(m, low).op("i64.mul").i64(32n).op("i64.shr_u");
  f.get(m, middle).op("i64.mul", "i64.add");
  f.get(m, high).op("i64.mul").i64(32n).op("i64.shl", "i64.add").set(turn);
  f.get(turn).op("f64.convert_i64_s").f64(2 * Math.PI * 2 ** -64).op("f64.mul");
  f.f64(1).get(angle).op("f64.copysign", "f64.mul");
}

/**
 * Bits e − 32 … e + 63 of the fraction of 1 / 2π, 32 per local. Earlier bits only add whole turns.
 */
function emitWindow(f: FunctionBuilder, e: Local): [high: Local, middle: Local, low: Local] {
  const words = [0, 1, 2, 3].map(() => f.local("i64"));
  const window = [0, 1, 2].map(() => f.local("i64")) as [Local, Local, Local];
  for (let i = 0; i <= 4; i++) {
    f.get(e).i64(5n).op("i64.shr_u").i64(BigInt(i)).op("i64.eq").if(() => {
      words.forEach((word, k) => f.i64(TURNS_PER_RADIAN[i + k - 1] ?? 0n).set(word));
    });
  }
  window.forEach((part, k) => {
    f.get(words[k]!).i64(32n).op("i64.shl").get(words[k + 1]!).op("i64.or");
    f.get(e).i64(31n).op("i64.and", "i64.shl").i64(32n).op("i64.shr_u").set(part);
  });
  return window;
}
