import { GraphError } from "../../graph/errors.ts";
import type { Apply, Scalar, ScalarType } from "../../graph/scalar/mod.ts";
import type { FunctionName, FunctionSet } from "./functions.ts";
import { literal, typeName } from "./literal.ts";

/** The arguments of `operatorText`. */
export interface Operands {
  readonly scalar: Apply;
  /** The arguments as WGSL, all of the result's width. */
  readonly args: readonly string[];
  readonly wide: boolean;
  readonly functions: FunctionSet;
  /** Whether both arguments are the same expression. */
  readonly same: boolean;
}

type Form = (operands: Operands) => string;

/** How each scalar function is printed, apart from special cases. */
const forms: Readonly<Record<Apply["op"], Form>> = {
  neg: negative,
  abs: builtin("abs"),
  sqrt: builtin("sqrt"),
  exp: floatFunction("exponential"),
  log: floatFunction("logarithm"),
  sin: floatFunction("sine"),
  cos: floatFunction("cosine"),
  tanh: floatFunction("hyperbolicTangent"),
  erf: floatFunction("errorFunction"),
  floor: rounding("floor"),
  ceil: rounding("ceil"),
  round: builtin("round"),
  log1p: floatFunction("logarithmOfSum"),
  expm1: floatFunction("exponentialMinusOne"),
  not: ({ args: [a] }) => `!${a}`,
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: infix("/"),
  rem: infix("%"),
  min: floatFunction("minimum", builtin("min")),
  max: floatFunction("maximum", builtin("max")),
  pow: powerText,
  atan2: floatFunction("angle"),
  lt: infix("<"),
  le: infix("<="),
  eq: infix("=="),
  ne: infix("!="),
  and: infix("&"),
  or: infix("|"),
  xor: infix("^"),
  shl: shift("<<"),
  shr: shift(">>"),
  select: ({ args: [a, b, c] }) => `select(${c}, ${b}, ${a})`,
  cast: castText,
  bitcast: bitcastText,
};

/** Prints the application of an operator or function as WGSL. */
export function operatorText(operands: Operands): string {
  return nanComparison(operands) ?? unequalText(operands) ?? boolText(operands) ??
    forms[operands.scalar.op](operands);
}

/** The type of the first argument, which selects the operation. */
function typeFrom({ scalar: { args: [first], type } }: Operands): ScalarType {
  return first?.type ?? type;
}

function infix(operator: string): Form {
  return ({ args: [a, b] }) => `${a} ${operator} ${b}`;
}

function builtin(name: string): Form {
  return ({ args }) => `${name}(${args.join(", ")})`;
}

/** A function of `FunctionSet` for f32. Other types use `otherwise`, if it is given. */
function floatFunction(name: FunctionName, otherwise?: Form): Form {
  return (operands) => {
    const from = typeFrom(operands);
    const { scalar, args, wide, functions } = operands;
    if (from === "f32") return functions.call(name, wide, args.join(", "));
    if (otherwise) return otherwise(operands);
    throw new GraphError(`Cannot print ${scalar.op} as WGSL: it is not defined for ${from}`);
  };
}

/** Rounds floats and returns integers unchanged. */
function rounding(name: "floor" | "ceil"): Form {
  return (operands) => {
    const [a = ""] = operands.args;
    return typeFrom(operands) === "f32" ? `${name}(${a})` : a;
  };
}

/** A shift. WGSL requires a u32 count. */
function shift(operator: string): Form {
  return ({ args: [a, b], wide }) => `${a} ${operator} ${typeName("u32", wide)}(${b})`;
}

function negative(operands: Operands): string {
  const { args: [a], wide } = operands;
  return typeFrom(operands) === "u32" ? `~${a} + ${typeName("u32", wide)}(1u)` : `-${a}`;
}

function castText(operands: Operands): string {
  const { scalar: { type }, args: [a = ""], wide, functions } = operands;
  const isFloat = typeFrom(operands) === "f32";
  if (isFloat && type === "i32") return functions.call("toI32", wide, a);
  if (isFloat && type === "u32") return functions.call("toU32", wide, a);
  return `${typeName(type, wide)}(${a})`;
}

function bitcastText(operands: Operands): string {
  const { scalar: { type }, args: [a], wide } = operands;
  const name = typeName(type, wide);
  const isBool = typeFrom(operands) === "bool" || type === "bool";
  return isBool ? `${name}(${a})` : `bitcast<${name}>(${a})`;
}

/**
 * Prints the NaN tests `x ≠ x` and `x = x` explicitly, because a driver may fold them to a
 * constant.
 */
function nanComparison({ scalar, args, wide, functions, same }: Operands): string | undefined {
  if (!same || scalar.args[0]?.type !== "f32") return undefined;
  const isNan = functions.call("isNan", wide, args[0] ?? "");
  if (scalar.op === "ne") return isNan;
  return scalar.op === "eq" ? `!${isNan}` : undefined;
}

/**
 * Prints `≠` as `!(a == b)`: NaN is unequal to everything, but some compilers treat `!=` as "less
 * or greater".
 */
function unequalText({ scalar: { op, args, type }, args: [a, b], wide }: Operands) {
  if (args[0]?.type !== "f32") return undefined;
  if (op === "ne") return `!(${a} == ${b})`;
  const isToBool = op === "cast" && type === "bool";
  return isToBool ? `!(${a} == ${typeName("f32", wide)}(0.0))` : undefined;
}

function boolText(operands: Operands): string | undefined {
  if (typeFrom(operands) !== "bool") return undefined;
  const { scalar: { op }, args: [a, b] } = operands;
  if (op === "xor") return `${a} != ${b}`;
  if (op === "min" || op === "mul") return `${a} & ${b}`;
  if (op === "max" || op === "add") return `${a} | ${b}`;
  if (op === "lt") return `!${a} & ${b}`;
  return op === "le" ? `!${a} | ${b}` : undefined;
}

/** Prints `pow`. Constant whole exponents become multiplications, and ±½ a square root. */
function powerText({ scalar, args, wide, functions }: Operands): string {
  const [x = "", y = ""] = args;
  const exponent = scalar.args[1];
  if (exponent?.op === "const") {
    const size = Math.abs(exponent.value);
    const whole = Number.isInteger(size) && size <= 32;
    const product = whole ? productText(x, size, wide) : size === 0.5 ? `sqrt(${x})` : undefined;
    if (product) return exponent.value < 0 ? `1.0 / (${product})` : product;
  }
  if (scalar.type !== "f32") {
    throw new GraphError(`Cannot print pow of ${scalar.type} as WGSL: only f32 has a power`);
  }
  return functions.call("power", wide, `${x}, ${y}`);
}

function productText(x: string, count: number, wide: boolean): string {
  if (count === 0) return `${typeName("f32", wide)}(${literal(1, "f32")})`;
  if (count === 1) return x;
  const half = productText(x, count >> 1, wide);
  const square = `(${half}) * (${half})`;
  return count % 2 === 0 ? square : `${square} * ${x}`;
}

/**
 * Recognizes `1 + erf(x)` and `1 − erf(x)`, whose tails would cancel, and returns the argument of
 * erfc.
 */
export function complementOfErf(scalar: Apply): { x: Scalar; negate: boolean } | undefined {
  const [a, b] = scalar.args;
  if (scalar.type !== "f32" || !a || !b) return undefined;
  if (scalar.op === "sub" && isOne(a) && b.op === "erf") return erfArgument(b, false);
  if (scalar.op !== "add") return undefined;
  if (isOne(a) && b.op === "erf") return erfArgument(b, true);
  return isOne(b) && a.op === "erf" ? erfArgument(a, true) : undefined;
}

function erfArgument(erf: Apply, negate: boolean): { x: Scalar; negate: boolean } | undefined {
  const [x] = erf.args;
  return x && { x, negate };
}

function isOne(scalar: Scalar): boolean {
  return scalar.op === "const" && scalar.value === 1;
}
