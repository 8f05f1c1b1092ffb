import { checkOption, literalOf } from "../check_value.ts";
import { DTypeError } from "../errors.ts";
import { type Builder, defineBuilder, makeNode, type Node, type Op } from "../node.ts";
import { s } from "../scalar/mod.ts";
import { type DType, formatType } from "../types.ts";
import { type BinaryOp, binaryOp, mapOp, type UnaryOp, unaryOp } from "./_map_op.ts";
import { full } from "./source.ts";

const numbers: readonly DType[] = ["f32", "i32", "u32"];

/** A constant of the same type as `x`. */
export function fullLike(x: Node, value: number): Node {
  return full(value, x.type.shape, x.type.dtype);
}

/** a + b. */
export const add: BinaryOp = binaryOp("add", {
  accepts: numbers,
  expr: ([a, b]) => s.add(a!, b!),
  vjp: (g) => [g, g],
});

/** a − b. */
export const sub: BinaryOp = binaryOp("sub", {
  accepts: numbers,
  expr: ([a, b]) => s.sub(a!, b!),
  vjp: (g) => [g, neg(g)],
});

/** a · b, elementwise. */
export const mul: BinaryOp = binaryOp("mul", {
  accepts: numbers,
  expr: ([a, b]) => s.mul(a!, b!),
  vjp: (g, { inputs: [a, b] }) => [mul(g, b!), mul(g, a!)],
});

/**
 * a / b. Integer division truncates toward zero. As in WGSL, an integer divided by 0 is unchanged,
 * and −2³¹ / −1 wraps around to −2³¹.
 */
export const div: BinaryOp = binaryOp("div", {
  accepts: numbers,
  expr: ([a, b]) => s.div(a!, b!),
  vjp: (g, { inputs: [, b], output }) => [div(g, b!), neg(div(mul(g, output), b!))],
});

/** Remainder of truncating integer division; 0 where b is 0. */
export const mod: BinaryOp = binaryOp("mod", {
  accepts: ["i32", "u32"],
  expr: ([a, b]) => s.rem(a!, b!),
});

/** −x. */
export const neg: UnaryOp = unaryOp("neg", {
  accepts: ["f32", "i32"],
  expr: ([x]) => s.neg(x!),
  vjp: (g) => [neg(g)],
});

/**
 * The cotangent of one operand: 0 where it loses, half on ties, else all of it (also for NaN, as in
 * PyTorch).
 */
function share(g: Node, loses: Node, ties: Node): Node {
  const half = mul(g, fullLike(g, 0.5));
  return select(loses, fullLike(g, 0), select(ties, half, g));
}

/** The larger of a and b; NaN if either is NaN. Where a = b, each gets half the gradient. */
export const maximum: BinaryOp = binaryOp("maximum", {
  accepts: numbers,
  expr: ([a, b]) => s.max(a!, b!),
  vjp: (g, { inputs: [a, b] }) => [
    share(g, less(a!, b!), equal(a!, b!)),
    share(g, greater(a!, b!), equal(a!, b!)),
  ],
});

/** The smaller of a and b; NaN if either is NaN. Where a = b, each gets half the gradient. */
export const minimum: BinaryOp = binaryOp("minimum", {
  accepts: numbers,
  expr: ([a, b]) => s.min(a!, b!),
  vjp: (g, { inputs: [a, b] }) => [
    share(g, greater(a!, b!), equal(a!, b!)),
    share(g, less(a!, b!), equal(a!, b!)),
  ],
});

/** Attributes of `clamp`. */
export interface ClampAttrs {
  /** Lower bound. */
  readonly low: number;
  /** Upper bound. Takes precedence if `low` is larger. */
  readonly high: number;
}

const clampOp: Op<ClampAttrs> = mapOp<ClampAttrs>("clamp", {
  accepts: numbers,
  expr: ([x], { low, high }) => s.min(s.max(x!, s.const(low, x!.type)), s.const(high, x!.type)),
  vjp: (g, { inputs: [x], attrs: { low, high } }) => {
    const inside = logicalAnd(
      greaterEqual(x!, fullLike(x!, low)),
      lessEqual(x!, fullLike(x!, high)),
    );
    return [select(inside, g, fullLike(g, 0))];
  },
});

/**
 * x clamped to [low, high]. The derivative is 1 in [low, high], bounds included, and 0 elsewhere.
 */
export const clamp: ((x: Node, low: number, high: number) => Node) & Builder<ClampAttrs> =
  defineBuilder(clampOp, (x: Node, low: number, high: number) => {
    const action = () => `clamp ${formatType(x.type)}`;
    checkOption(action, { low, high }, literalOf(x.type.dtype), DTypeError);
    return makeNode(clampOp, [x], { low, high });
  });

/** a < b. */
export const less: BinaryOp = binaryOp("less", {
  accepts: numbers,
  result: "bool",
  expr: ([a, b]) => s.lt(a!, b!),
});

/** a ≤ b. */
export const lessEqual: BinaryOp = binaryOp("lessEqual", {
  accepts: numbers,
  result: "bool",
  expr: ([a, b]) => s.le(a!, b!),
});

/** a > b. */
export const greater: BinaryOp = binaryOp("greater", {
  accepts: numbers,
  result: "bool",
  expr: ([a, b]) => s.gt(a!, b!),
});

/** a ≥ b. */
export const greaterEqual: BinaryOp = binaryOp("greaterEqual", {
  accepts: numbers,
  result: "bool",
  expr: ([a, b]) => s.ge(a!, b!),
});

/** a = b. */
export const equal: BinaryOp = binaryOp("equal", {
  accepts: [...numbers, "bool"],
  result: "bool",
  expr: ([a, b]) => s.eq(a!, b!),
});

/** a ≠ b. */
export const notEqual: BinaryOp = binaryOp("notEqual", {
  accepts: [...numbers, "bool"],
  result: "bool",
  expr: ([a, b]) => s.ne(a!, b!),
});

/** a and b. */
export const logicalAnd: BinaryOp = binaryOp("logicalAnd", {
  accepts: ["bool"],
  expr: ([a, b]) => s.and(a!, b!),
});

/** a or b. */
export const logicalOr: BinaryOp = binaryOp("logicalOr", {
  accepts: ["bool"],
  expr: ([a, b]) => s.or(a!, b!),
});

/** not x. */
export const logicalNot: UnaryOp = unaryOp("logicalNot", {
  accepts: ["bool"],
  expr: ([x]) => s.not(x!),
});

const selectOp: Op = mapOp<object>("select", {
  accepts: [...numbers, "bool"],
  condition: true,
  expr: ([condition, a, b]) => s.select(condition!, a!, b!),
  vjp: (g, { inputs: [condition] }) => [
    null,
    select(condition!, g, fullLike(g, 0)),
    select(condition!, fullLike(g, 0), g),
  ],
});

/** a where the condition holds, b elsewhere. */
export const select:
  & ((condition: Node, a: Node, b: Node) => Node)
  & { readonly op: Op } = defineBuilder(
    selectOp,
    (condition: Node, a: Node, b: Node) => makeNode(selectOp, [condition, a, b], {}),
  );
