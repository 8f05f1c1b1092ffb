import { computes } from "../element.ts";
import { checkOption, finiteNumber } from "../check_value.ts";
import { DTypeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s } from "../scalar/mod.ts";
import type { DType } from "../types.ts";
import { leadingAxes } from "./_vmap.ts";
import { mapOp, type UnaryOp, unaryOp } from "./_map_op.ts";
import { type BinaryOp, binaryOp } from "./_map_op.ts";
import {
  add,
  div,
  equal,
  fullLike,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  mul,
  neg,
  select,
  sub,
} from "./arithmetic.ts";

/** |x|; the derivative at 0 is taken as 0. */
export const abs: UnaryOp = unaryOp("abs", {
  accepts: ["f32", "i32"],
  expr: ([x]) => s.abs(x!),
  vjp: (g, { inputs: [x] }) => {
    const zero = fullLike(g, 0);
    return [select(greater(x!, zero), g, select(less(x!, zero), neg(g), zero))];
  },
});

/** −1, 0 or 1; 0 for NaN, as in PyTorch. */
export const sign: UnaryOp = unaryOp("sign", {
  accepts: ["f32", "i32"],
  expr: ([x]) => {
    const value = (v: number) => s.const(v, x!.type);
    return s.select(
      s.gt(x!, value(0)),
      value(1),
      s.select(s.lt(x!, value(0)), value(-1), value(0)),
    );
  },
  vjp: (g) => [fullLike(g, 0)],
});

/** x². */
export const square: UnaryOp = unaryOp("square", {
  accepts: ["f32", "i32"],
  expr: ([x]) => s.mul(x!, x!),
  vjp: (g, { inputs: [x] }) => [mul(mul(g, fullLike(x!, 2)), x!)],
});

/** √x. */
export const sqrt: UnaryOp = unaryOp("sqrt", {
  expr: ([x]) => s.sqrt(x!),
  vjp: (g, { output }) => [div(mul(g, fullLike(g, 0.5)), output)],
});

/** eˣ. */
export const exp: UnaryOp = unaryOp("exp", {
  expr: ([x]) => s.exp(x!),
  vjp: (g, { output }) => [mul(g, output)],
});

/** Natural logarithm. */
export const log: UnaryOp = unaryOp("log", {
  expr: ([x]) => s.log(x!),
  vjp: (g, { inputs: [x] }) => [div(g, x!)],
});

/** sin x, x in radians. */
export const sin: UnaryOp = unaryOp("sin", {
  expr: ([x]) => s.sin(x!),
  vjp: (g, { inputs: [x] }) => [mul(g, cos(x!))],
});

/** cos x, x in radians. */
export const cos: UnaryOp = unaryOp("cos", {
  expr: ([x]) => s.cos(x!),
  vjp: (g, { inputs: [x] }) => [neg(mul(g, sin(x!)))],
});

/** Hyperbolic tangent. */
export const tanh: UnaryOp = unaryOp("tanh", {
  expr: ([x]) => s.tanh(x!),
  vjp: (g, { output }) => [mul(g, sub(fullLike(g, 1), square(output)))],
});

/** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf: UnaryOp = unaryOp("erf", {
  expr: ([x]) => s.erf(x!),
  vjp: (g, { inputs: [x] }) => [
    mul(mul(g, fullLike(g, 2 / Math.sqrt(Math.PI))), exp(neg(square(x!)))),
  ],
});

/** Largest integer not above x. */
export const floor: UnaryOp = unaryOp("floor", {
  expr: ([x]) => s.floor(x!),
  vjp: (g) => [fullLike(g, 0)],
});

/** Smallest integer not below x. */
export const ceil: UnaryOp = unaryOp("ceil", {
  expr: ([x]) => s.ceil(x!),
  vjp: (g) => [fullLike(g, 0)],
});

/** 1 / (1 + e^(−x)). */
export const sigmoid: UnaryOp = unaryOp("sigmoid", {
  expr: ([x]) => s.div(s.const(1), s.add(s.const(1), s.exp(s.neg(x!)))),
  vjp: (g, { output }) => [mul(mul(g, output), sub(fullLike(g, 1), output))],
});

/** max(x, 0), and NaN for NaN. The derivative is 0 at 0 and 1 at NaN, as in PyTorch. */
export const relu: UnaryOp = unaryOp("relu", {
  expr: ([x]) => s.select(s.le(x!, s.const(0)), s.const(0), x!),
  vjp: (g, { output }) => {
    const zero = fullLike(g, 0);
    return [select(lessEqual(output, zero), zero, g)];
  },
});

/**
 * The Gaussian error linear unit x·Φ(x) = x/2·(1 + erf(x/√2)), exact as in PyTorch's
 * default.
 */
export const gelu: UnaryOp = unaryOp("gelu", {
  expr: ([x]) =>
    s.mul(
      s.mul(x!, s.const(0.5)),
      s.add(s.const(1), s.erf(s.mul(x!, s.const(Math.SQRT1_2)))),
    ),
  vjp: (g, { inputs: [x] }) => {
    const normal = mul(
      exp(mul(square(x!), fullLike(x!, -0.5))),
      fullLike(x!, 1 / Math.sqrt(2 * Math.PI)),
    );
    const half = fullLike(x!, 0.5);
    const cumulative = mul(
      add(erf(mul(x!, fullLike(x!, Math.SQRT1_2))), fullLike(x!, 1)),
      half,
    );
    return [mul(g, add(cumulative, mul(x!, normal)))]; // Φ(x) + x·φ(x)
  },
});

/** Attributes of `leakyRelu`. */
export interface SlopeAttrs {
  /** Factor for x ≤ 0. */
  readonly slope: number;
}

const leakyReluOp: Op<SlopeAttrs> = mapOp<SlopeAttrs>("leakyRelu", {
  expr: ([x], { slope }) => s.select(s.gt(x!, s.const(0)), x!, s.mul(x!, s.const(slope))),
  vjp: (g, { inputs: [x], attrs }) => [
    select(greater(x!, fullLike(x!, 0)), g, mul(g, fullLike(g, attrs.slope))),
  ],
});

/** x where x > 0, slope · x elsewhere. */
export const leakyRelu: ((x: Node, slope: number) => Node) & Builder<SlopeAttrs> = defineBuilder(
  leakyReluOp,
  (x: Node, slope: number) => {
    checkOption("apply leakyRelu", { slope }, finiteNumber);
    return makeNode(leakyReluOp, [x], { slope });
  },
);

/**
 * aᵇ, with 1ᵇ = a⁰ = 1 even for NaN. The derivative with respect to a is 0 where b = 0, and the
 * one with respect to b is 0 where a = 0 and b ≥ 0.
 */
export const pow: BinaryOp = binaryOp("pow", {
  expr: ([a, b]) => s.pow(a!, b!),
  vjp: (g, { inputs: [a, b], output }) => {
    const zero = fullLike(g, 0);
    const toBase = mul(b!, pow(a!, sub(b!, fullLike(b!, 1))));
    const toExponent = mul(output, log(a!));
    const isFlat = logicalAnd(equal(a!, zero), greaterEqual(b!, zero));
    return [
      select(equal(b!, zero), zero, mul(g, toBase)),
      select(isFlat, zero, mul(g, toExponent)),
    ];
  },
});

/**
 * Whether the element is neither infinite nor NaN. Tests the bits, because GPUs may assume no NaN.
 */
export const isFinite: UnaryOp = unaryOp("isFinite", {
  result: "bool",
  expr: ([x]) => {
    const exponent = s.uint(0x7f800000);
    return s.ne(s.and(s.bitcast(x!, "u32"), exponent), exponent);
  },
});

/** Whether the element is NaN. */
export const isNaN: UnaryOp = unaryOp("isNaN", {
  result: "bool",
  expr: ([x]) => s.ne(x!, x!),
});

/** Attributes of `cast`. */
export interface CastAttrs {
  /** Element type of the result. */
  readonly dtype: Exclude<DType, "u8">;
}

const castOp: Op<CastAttrs> = {
  name: "cast",
  lowering: computes(({ coords, attrs, read }) => s.cast(read(0, coords), attrs.dtype)),
  infer: ([x], { dtype }) => {
    if (!["f32", "i32", "u32", "bool"].includes(dtype)) {
      throw new DTypeError(
        `Cannot cast ${x!.dtype} to ${dtype}: the target must be f32, i32, u32, or bool`,
      );
    }
    return { dtype, shape: x!.shape };
  },
  vjp: (g, { inputs: [x] }) => [x!.type.dtype === "f32" ? g : null],
  vmap: leadingAxes,
};

/**
 * Converts values to another element type. f32 to integer truncates toward zero; values outside
 * the integer's range saturate, and NaN becomes 0. Conversion to bool is x ≠ 0, so NaN is true.
 */
export const cast: ((x: Node, dtype: CastAttrs["dtype"]) => Node) & Builder<CastAttrs> =
  defineBuilder(
    castOp,
    (x: Node, dtype: CastAttrs["dtype"]) =>
      x.type.dtype === dtype ? x : makeNode(castOp, [x], { dtype }),
  );

const bitcastOp: Op<CastAttrs> = {
  name: "bitcast",
  lowering: computes(({ coords, attrs, read }) => s.bitcast(read(0, coords), attrs.dtype)),
  infer: ([x], { dtype }) => {
    if (x!.dtype === "u8" || x!.dtype === "bool" || dtype === "bool") {
      throw new DTypeError(`Cannot bitcast ${x!.dtype} to ${dtype}: both must be f32, i32, or u32`);
    }
    return { dtype, shape: x!.shape };
  },
  vmap: leadingAxes,
};

/** Reinterprets the 32 bits as another element type. */
export const bitcast: ((x: Node, dtype: CastAttrs["dtype"]) => Node) & Builder<CastAttrs> =
  defineBuilder(
    bitcastOp,
    (x: Node, dtype: CastAttrs["dtype"]) => makeNode(bitcastOp, [x], { dtype }),
  );

const bits: readonly DType[] = ["i32", "u32"];

/** Bitwise exclusive OR of integers. */
export const bitXor: BinaryOp = binaryOp("bitXor", {
  accepts: bits,
  expr: ([a, b]) => s.xor(a!, b!),
});
/** Bitwise AND of integers. */
export const bitAnd: BinaryOp = binaryOp("bitAnd", {
  accepts: bits,
  expr: ([a, b]) => s.and(a!, b!),
});
/** Bitwise OR of integers. */
export const bitOr: BinaryOp = binaryOp("bitOr", {
  accepts: bits,
  expr: ([a, b]) => s.or(a!, b!),
});
/** a · 2ᵇ, discarding overflow; 0 ≤ b < 32. */
export const shiftLeft: BinaryOp = binaryOp("shiftLeft", {
  accepts: bits,
  expr: ([a, b]) => s.shl(a!, b!),
});
/** a / 2ᵇ, rounded down; 0 ≤ b < 32. */
export const shiftRight: BinaryOp = binaryOp("shiftRight", {
  accepts: bits,
  expr: ([a, b]) => s.shr(a!, b!),
});
