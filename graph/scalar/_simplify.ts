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

/**
 * Splits a sum into terms that are multiples of `divisor` and a rest in `[0, divisor)`, if
 * possible. Then sum / divisor = multiple / divisor and sum rem divisor = rest.
 */
export function splitMultiple(
  sum: Scalar,
  divisor: number,
): { multiple: Scalar[]; rest: Scalar } | undefined {
  if (rangeOf(sum)[0] < 0) return undefined; // it may be negative, or wrap
  const all = terms(sum);
  if (all.some((term) => rangeOf(term)[0] < 0)) return undefined;
  const multiple = all.filter((term) => factor(term) % divisor === 0);
  if (multiple.length === 0) return undefined;
  const others = all.filter((term) => factor(term) % divisor !== 0);
  const max = others.reduce((total, term) => total + rangeOf(term)[1], 0);
  if (max >= divisor) return undefined;
  const zero: Scalar = { op: "const", type: "i32", value: 0 };
  const rest = others.length === 0 ? zero : others.reduce((a, b) => addTerms(a, b));
  return { multiple, rest };
}

function addTerms(a: Scalar, b: Scalar): Scalar {
  return makeApply("add", "i32", [a, b]);
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
