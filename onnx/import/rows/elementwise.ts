/** Rows of elementwise arithmetic, comparisons, and functions. */
import { full, Tensor, where } from "../../../autograd/mod.ts";
import { clamp, shiftLeft, shiftRight } from "../../../graph/mod.ts";
import { dataTypes, type OnnxDType } from "../../file/model.ts";
import type { Operator } from "../operator.ts";
import { type Apply, plain, type Row, row } from "../row.ts";
import { dtypeHere } from "../values.ts";

function unary(apply: (x: Tensor) => Tensor): Row {
  return plain((operands) => apply(operands.at(0)));
}

function binary(apply: (a: Tensor, b: Tensor) => Tensor): Row {
  return plain((operands) => apply(operands.at(0), operands.at(1)));
}

/** Row of an operator that takes any number of inputs. */
function variadic(apply: (a: Tensor, b: Tensor) => Tensor): Row {
  return plain((operands) => operands.all().reduce(apply));
}

/** xᵖ. The dtype is that of x. A constant exponent is a number, whose square is x · x. */
const power: Row = plain((operands) => {
  const [x, exponent] = [operands.at(0), operands.at(1)];
  if (x.dtype !== "f32") throw operands.refuse("the base must be floating-point");
  const isScalar = exponent.rank === 0 || (exponent.size === 1 && exponent.rank <= x.rank);
  const known = isScalar ? operands.ifKnown(1)?.[0] : undefined;
  return x.pow(known ?? exponent.cast("f32"));
});

/** The remainder has the sign of the divisor, or of the dividend with `fmod`. */
const mod: Row = row((operator) => {
  const truncates = operator.flag("fmod");
  return (operands) => {
    const [a, b] = [operands.at(0), operands.at(1)];
    if (a.dtype === "f32") throw operands.refuse("the remainder of integers only is supported");
    const rest = a.mod(b);
    if (truncates || a.dtype === "u32") return rest;
    const isOther = rest.notEqual(0).and(rest.less(0).notEqual(b.less(0)));
    return where(isOther, rest.add(b), rest);
  };
});

const isInfinite: Row = row((operator) => {
  const [below, above] = [
    operator.flag("detect_negative", true),
    operator.flag("detect_positive", true),
  ];
  return (operands) => {
    const x = operands.at(0);
    const [low, high] = [x.equal(-Infinity), x.equal(Infinity)];
    if (below && above) return low.or(high);
    if (below) return low;
    return above ? high : full(0, x.shape, "bool");
  };
});

/** Until opset 10 the bounds are attributes; then they are inputs. */
const clip: Row = row((operator) => {
  if (operator.opset < 11) {
    const [low, high] = [operator.float("min", -Infinity), operator.float("max", Infinity)];
    return (operands) => new Tensor(clamp(operands.at(0).node, low, high));
  }
  return (operands) => {
    const [low, high] = [operands.maybe(1), operands.maybe(2)];
    const raised = low ? operands.at(0).maximum(low) : operands.at(0);
    return high ? raised.minimum(high) : raised;
  };
});

/** Types to which a cast would not be exact here. */
const narrow: ReadonlySet<OnnxDType> = new Set(["i8", "i16", "u8", "u16", "u64"]);

/** The dtype here of a `TensorProto.DataType`, which must not be narrower than it. */
export function castTarget(operator: Operator, code: number): "f32" | "i32" | "u32" | "bool" {
  const found = Object.entries(dataTypes).find(([, other]) => other === code);
  const dtype = found?.[0] as OnnxDType | undefined;
  if (dtype !== undefined && !narrow.has(dtype)) return dtypeHere[dtype];
  const current = dtype ?? `number ${code}`;
  throw operator.refuse(
    `the target must be a float, i32, i64, u32, or bool: current is ${current}`,
  );
}

const cast: Row = row((operator) => {
  const dtype = castTarget(operator, operator.int("to"));
  return (operands) => operands.at(0).cast(dtype);
});

const shift: Row = row((operator) => {
  const direction = operator.choice("direction", ["LEFT", "RIGHT"]);
  const builder = direction === "LEFT" ? shiftLeft : shiftRight;
  return (operands) => {
    const [a, b] = [operands.at(0), operands.at(1)];
    if (a.dtype !== "u32") throw operands.refuse("only u32 can be shifted");
    const shape = a.mul(b).shape;
    return new Tensor(builder(a.broadcastTo(shape).node, b.broadcastTo(shape).node));
  };
});

/** 1 or 0 as numbers, to which booleans are compared. */
const asNumber = (x: Tensor): Tensor => x.dtype === "bool" ? x.cast("i32") : x;

const choose: Apply = (operands) => where(operands.at(0), operands.at(1), operands.at(2));

/** log(x + √(x² + 1)) for |x|, with the sign of x, so that nothing cancels. */
function asinh(x: Tensor): Tensor {
  const size = x.abs();
  return size.add(size.square().add(1).sqrt()).log().mul(x.sign());
}

/** The rows, by operator. */
export const elementwise = {
  Add: binary((a, b) => a.add(b)),
  Sub: binary((a, b) => a.sub(b)),
  Mul: binary((a, b) => a.mul(b)),
  Div: binary((a, b) => a.div(b)),
  Mod: mod,
  Pow: power,
  Max: variadic((a, b) => a.maximum(b)),
  Min: variadic((a, b) => a.minimum(b)),
  Sum: variadic((a, b) => a.add(b)),
  Mean: plain((operands) => operands.all().reduce((a, b) => a.add(b)).div(operands.count)),
  And: binary((a, b) => a.and(b)),
  Or: binary((a, b) => a.or(b)),
  Xor: binary((a, b) => asNumber(a).notEqual(asNumber(b))),
  Not: unary((x) => x.not()),
  Equal: binary((a, b) => asNumber(a).equal(asNumber(b))),
  Less: binary((a, b) => a.less(b)),
  LessOrEqual: binary((a, b) => a.lessEqual(b)),
  Greater: binary((a, b) => a.greater(b)),
  GreaterOrEqual: binary((a, b) => a.greaterEqual(b)),
  Where: plain(choose),
  Identity: unary((x) => x),
  Cast: cast,
  CastLike: binary((x, like) => x.cast(like.dtype === "u8" ? "i32" : like.dtype)),
  Clip: clip,
  BitShift: shift,
  Neg: unary((x) => x.neg()),
  Abs: unary((x) => x.abs()),
  Sign: unary((x) => x.sign()),
  Sqrt: unary((x) => x.sqrt()),
  Reciprocal: unary((x) => x.reciprocal()),
  Exp: unary((x) => x.exp()),
  Log: unary((x) => x.log()),
  Sin: unary((x) => x.sin()),
  Cos: unary((x) => x.cos()),
  Tan: unary((x) => x.tan()),
  Asin: unary((x) => x.asin()),
  Acos: unary((x) => x.acos()),
  Atan: unary((x) => x.atan()),
  Sinh: unary((x) => x.expm1().sub(x.neg().expm1()).mul(0.5)),
  Cosh: unary((x) => x.exp().add(x.neg().exp()).mul(0.5)),
  Tanh: unary((x) => x.tanh()),
  Asinh: unary(asinh),
  Acosh: unary((x) => x.add(x.square().sub(1).sqrt()).log()),
  Atanh: unary((x) => x.log1p().sub(x.neg().log1p()).mul(0.5)),
  Erf: unary((x) => x.erf()),
  Floor: unary((x) => x.floor()),
  Ceil: unary((x) => x.ceil()),
  Round: unary((x) => x.round()),
  IsNaN: unary((x) => x.isNaN()),
  IsInf: isInfinite,
} as const satisfies Readonly<Record<string, Row>>;
