import { binaryFunctions, type BinaryName } from "./functions.ts";
import { type Const, makeApply, rangeOf, type Scalar } from "./scalar.ts";

/** Folds an `i32` function of literals. Floats are never folded. */
export function foldConstants(op: BinaryName, a: Scalar, b: Scalar): Const | undefined {
  const { i32, result = "i32" } = binaryFunctions[op];
  if (!i32 || a.type !== "i32" || a.op !== "const" || b.op !== "const") return undefined;
  return { op: "const", type: result, value: i32(a.value, b.value) };
}

/** The terms of a sum. */
function terms(scalar: Scalar): Scalar[] {
  return scalar.op === "add" ? scalar.args.flatMap(terms) : [scalar];
}

/** The literal factor of a product. */
function factor(scalar: Scalar): number {
  if (scalar.op === "const") return scalar.value;
  if (scalar.op !== "mul") return 1;
  return scalar.args.reduce((product, arg) => product * (arg.op === "const" ? arg.value : 1), 1);
}

/** Terms of a sum: multiples of a divisor, and what is left of the sum without them. */
export interface Split {
  readonly multiple: readonly Scalar[];
  readonly rest: Scalar;
}

/**
 * Splits a sum of non-negative terms into those that are multiples of `divisor`, at least one, and
 * the rest. Then sum / divisor = multiple / divisor + rest / divisor, and sum rem divisor = rest rem
 * divisor.
 */
export function splitMultiple(sum: Scalar, divisor: number): Split | undefined {
  if (rangeOf(sum)[0] < 0) return undefined; // it may be negative, or wrap
  const all = terms(sum);
  if (all.some((term) => rangeOf(term)[0] < 0)) return undefined;
  const multiple = all.filter((term) => factor(term) % divisor === 0);
  if (multiple.length === 0) return undefined;
  return { multiple, rest: sumOf(all.filter((term) => factor(term) % divisor !== 0)) };
}

/**
 * A number that divides `divisor` and some terms of a sum, and exceeds the sum of the others, with
 * this split. Then sum / divisor = (multiple / part) / (divisor / part).
 */
export function splitPart(
  sum: Scalar,
  divisor: number,
): Split & { readonly part: number } | undefined {
  const candidates = terms(sum).map((term) => gcd(factor(term), divisor));
  for (const part of new Set(candidates.toSorted((a, b) => b - a))) {
    if (part <= 1 || part === divisor) continue;
    const split = splitMultiple(sum, part);
    if (split && rangeOf(split.rest)[1] < part) return { ...split, part };
  }
  return undefined;
}

function gcd(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : gcd(b, a % b);
}

function sumOf(parts: readonly Scalar[]): Scalar {
  const zero: Scalar = { op: "const", type: "i32", value: 0 };
  return parts.length === 0 ? zero : parts.reduce((a, b) => makeApply("add", "i32", [a, b]));
}

/** A quotient or remainder by a literal, multiplied by a literal. */
interface Digit {
  readonly op: "div" | "rem";
  readonly dividend: Scalar;
  readonly divisor: number;
  readonly factor: number;
}

/** The digit that a term is. */
function digitOf(term: Scalar): Digit | undefined {
  const [digit, scale] = term.op === "mul" ? term.args as readonly [Scalar, Scalar] : [term];
  if (digit.op !== "div" && digit.op !== "rem") return undefined;
  const [dividend, divisor] = digit.args as readonly [Scalar, Scalar];
  if (divisor.op !== "const" || (scale && scale.op !== "const")) return undefined;
  return { op: digit.op, dividend, divisor: divisor.value, factor: factor(term) };
}

/**
 * A sum with another term, if that is the other part of a term of the sum: (x / c) · ck + (x rem c) · k
 * is x · k. Inverse reshapes have such sums. `undefined` if there is none.
 */
export function joinDigits(
  sum: Scalar,
  term: Scalar,
  { add, mul }: Record<"add" | "mul", (a: Scalar, b: Scalar) => Scalar>,
): Scalar | undefined {
  const digit = digitOf(term);
  if (!digit) return undefined;
  const all = terms(sum);
  for (const [position, each] of all.entries()) {
    const other = digitOf(each);
    const [quotient, rest] = digit.op === "div" ? [digit, other] : [other, digit];
    if (!quotient || !rest || !areParts(quotient, rest)) continue;
    const joined = mul(rest.dividend, { op: "const", type: "i32", value: rest.factor });
    return [...all.toSpliced(position, 1), joined].reduce(add);
  }
  return undefined;
}

/** Whether these are the quotient and the remainder of one division, times fitting factors. */
function areParts(quotient: Digit, rest: Digit): boolean {
  if (quotient.op !== "div" || rest.op !== "rem") return false;
  if (quotient.factor !== rest.factor * rest.divisor) return false;
  if (quotient.divisor === rest.divisor && isSame(quotient.dividend, rest.dividend)) return true;
  const inner = digitOf(rest.dividend); // x / ac is (x / a) / c
  return inner?.op === "div" && inner.factor === 1 &&
    inner.divisor * rest.divisor === quotient.divisor &&
    isSame(quotient.dividend, inner.dividend);
}

/** Whether two indices are written in the same way. */
function isSame(a: Scalar, b: Scalar): boolean {
  if (a === b) return true;
  if (a.op === "const") return b.op === "const" && a.value === b.value && a.type === b.type;
  if (a.op === "axis") return b.op === "axis" && a.axis === b.axis && a.size === b.size;
  if (!("args" in a) || !("args" in b) || a.op !== b.op || a.type !== b.type) return false;
  return a.args.every((arg, i) => isSame(arg, b.args[i]!));
}

/** Divides the terms by `divisor`, which divides each of them exactly, and adds them. */
export function divideExactly(
  multiple: readonly Scalar[],
  divisor: number,
  { add, mul }: Record<"add" | "mul", (a: Scalar, b: Scalar) => Scalar>,
): Scalar {
  return multiple.map((term) => divideTerm(term, divisor, mul)).reduce(add);
}

function divideTerm(
  term: Scalar,
  divisor: number,
  mul: (a: Scalar, b: Scalar) => Scalar,
): Scalar {
  if (term.op === "const") return { op: "const", type: "i32", value: term.value / divisor };
  if (term.op !== "mul") throw new Error("Internal: a multiple without a literal factor");
  const quotient: Scalar = { op: "const", type: "i32", value: factor(term) / divisor };
  const rest: Scalar[] = term.args.filter((arg) => arg.op !== "const");
  return mul(rest.reduce(mul), quotient);
}
