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

const floatFunctions = {
  exp: "exponential",
  log: "logarithm",
  sin: "sine",
  cos: "cosine",
  tanh: "hyperbolicTangent",
  erf: "errorFunction",
  max: "maximum",
  min: "minimum",
} as const satisfies Partial<Record<Apply["op"], FunctionName>>;

const infix = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  mod: "%",
  lt: "<",
  le: "<=",
  eq: "==",
  ne: "!=",
  and: "&",
  or: "|",
  xor: "^",
} as const satisfies Partial<Record<Apply["op"], string>>;

/** Prints the application of an operator or function as WGSL. */
export function operatorText(operands: Operands): string {
  const { scalar: { op, args: scalars, type }, args, wide, functions } = operands;
  const [a = "", b = "", c = ""] = args;
  const from = scalars[0]?.type ?? type;
  const special = nanComparison(operands) ?? unequalText(operands) ?? boolText(op, from, a, b);
  if (special !== undefined) return special;
  if (from === "f32" && isFloatFunction(op)) {
    return functions.call(floatFunctions[op], wide, args.join(", "));
  }
  if (isInfix(op)) return `${a} ${infix[op]} ${b}`;
  switch (op) {
    case "neg":
      return from === "u32" ? `~${a} + ${typeName("u32", wide)}(1u)` : `-${a}`;
    case "not":
      return `!${a}`;
    case "floor":
    case "ceil":
      return from === "f32" ? `${op}(${a})` : a;
    case "abs":
    case "sqrt":
    case "min":
    case "max":
      return `${op}(${args.join(", ")})`;
    case "shl":
    case "shr":
      return `${a} ${op === "shl" ? "<<" : ">>"} ${typeName("u32", wide)}(${b})`;
    case "select":
      return `select(${c}, ${b}, ${a})`;
    case "cast":
      if (from === "f32" && type === "i32") return functions.call("toI32", wide, a);
      if (from === "f32" && type === "u32") return functions.call("toU32", wide, a);
      return `${typeName(type, wide)}(${a})`;
    case "bitcast":
      return from === "bool" || type === "bool"
        ? `${typeName(type, wide)}(${a})`
        : `bitcast<${typeName(type, wide)}>(${a})`;
    case "pow":
      return powerText(operands);
    default:
      throw new GraphError(`Cannot print ${op} as WGSL: it is not defined for ${from}`);
  }
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

function boolText(op: Apply["op"], from: ScalarType, a: string, b: string): string | undefined {
  if (from !== "bool") return undefined;
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

function isFloatFunction(op: Apply["op"]): op is keyof typeof floatFunctions {
  return op in floatFunctions;
}

function isInfix(op: Apply["op"]): op is keyof typeof infix {
  return op in infix;
}
