/** What the stores of a scatter do in rows that no index names. */
import {
  dependsOnAxis,
  s,
  type Scalar,
  ScalarTable,
  type ScalarType,
  visitScalars,
} from "../scalar/mod.ts";
import type { ScatterKernel } from "./scatter.ts";

/**
 * Whether the stores change nothing in rows that no index names, as when a sum of updates is added
 * to a variable in place. Then such rows need not be visited. It is a literal, or a bool that
 * depends on no axis: x + 0 · rate is x only if the rate is finite, and for x = −0 only if the rate
 * is negative. If the rate is computed, this is known when the kernel runs.
 */
export function keepsEmptyRows(kernel: ScatterKernel): Scalar {
  const table = new ScalarTable();
  const conditions = kernel.stores.flatMap(({ slot, index, value }) => {
    const { kept, needs } = atEmptyRow(value, kernel.type);
    const isOwn = kept?.op === "load" && kept.source === slot && table.equal(kept.index, index);
    return isOwn ? needs : [s.const(0, "bool")];
  });
  return conditions.reduce(s.and, s.const(1, "bool"));
}

/** Whether `keepsEmptyRows` can be true. */
export function skipsEmptyRows(kernel: ScatterKernel): boolean {
  const keeps = keepsEmptyRows(kernel);
  return keeps.op !== "const" || keeps.value === 1;
}

/** A value at a row that no index names. */
interface EmptyRow {
  /** What the value is if `needs` are true; undefined for a zero. */
  readonly kept?: Scalar;
  readonly needs: readonly Scalar[];
  /** Whether a zero is −0, and values that it is multiplied by. */
  readonly isNegative: boolean;
  readonly factors: readonly Scalar[];
}

const zero: EmptyRow = { needs: [], isNegative: false, factors: [] };

function atEmptyRow(value: Scalar, type: ScalarType): EmptyRow {
  if (value.op === "result") return zero;
  const itself = { ...zero, kept: value };
  if (value.op !== "add" && value.op !== "sub" && value.op !== "mul") return itself;
  const [a, b] = value.args.map((arg) => atEmptyRow(arg, type)) as [EmptyRow, EmptyRow];
  if (value.op === "mul") return timesZero(a, b) ?? timesZero(b, a) ?? itself;
  if (a.kept && !b.kept) return { ...a, needs: [...a.needs, isZero(b, value.op === "add", type)] };
  if (value.op === "sub" || a.kept || !b.kept) return itself;
  return { ...b, needs: [...b.needs, isZero(a, true, type)] };
}

/** The product of a zero and a value that depends on no axis; undefined if it is another one. */
function timesZero(a: EmptyRow, { kept: factor, needs }: EmptyRow): EmptyRow | undefined {
  if (a.kept || !factor || needs.length > 0) return undefined;
  if (factor.op === "const") {
    const isNegative = factor.value < 0 || Object.is(factor.value, -0);
    if (Number.isFinite(factor.value)) return { ...a, isNegative: a.isNegative !== isNegative };
    return undefined;
  }
  return isUniform(factor) ? { ...a, factors: [...a.factors, factor] } : undefined;
}

function isUniform(scalar: Scalar): boolean {
  let hasResult = false;
  visitScalars([scalar], ({ op }) => hasResult ||= op === "result");
  return !hasResult && !dependsOnAxis(scalar, 0) && !dependsOnAxis(scalar, 1);
}

/** Whether the zero is −0, or is +0. Integers have only one. */
function isZero({ isNegative, factors }: EmptyRow, negative: boolean, type: ScalarType): Scalar {
  if (type !== "f32") return s.const(1, "bool");
  const isOther = isNegative !== negative;
  if (factors.length === 0) return s.const(isOther ? 0 : 1, "bool");
  const bits = factors.map((factor) => s.bitcast(factor, "u32"));
  const infinite = s.uint(0x7f80_0000); // the exponent of infinities and NaN
  const finite = bits.map((each) => s.ne(s.and(each, infinite), infinite));
  const sign = s.shr(bits.reduce(s.xor), s.uint(31));
  return [...finite, s.eq(sign, s.uint(isOther ? 1 : 0))].reduce(s.and);
}
