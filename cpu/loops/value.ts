/**
 * Values: the scalar language in the form used for code generation. Equal values are the same
 * object, `i32` arithmetic is in linear form, and axes are those of the loops.
 */
import { rangeOf } from "../../graph/scalar/mod.ts";
import type { Apply, Range, Scalar, ScalarType } from "../../graph/scalar/mod.ts";

interface Common {
  readonly id: number;
  readonly type: ScalarType;
  /** Bit `i` is set if the value depends on loop axis `i`. */
  readonly axes: number;
  /** Bit `i` is set if the value depends on result `i`. */
  readonly results: number;
  readonly range: Range;
}

/** One term of a linear form: `coefficient · atom`, wrapping at 32 bits. */
export interface Term {
  readonly coefficient: number;
  readonly atom: Value;
}

type ConstValue = Common & { readonly kind: "const"; readonly value: number };
type AxisValue = Common & { readonly kind: "axis"; readonly axis: number };
/** `constant + Σ terms`. */
export interface LinearForm {
  readonly constant: number;
  readonly terms: readonly Term[];
}

type LinearValue = Common & LinearForm & { readonly kind: "linear" };
export type LoadValue = Common & {
  readonly kind: "load";
  readonly slot: number;
  readonly index: Value;
};
type ResultValue = Common & { readonly kind: "result"; readonly result: number };
export type ApplyValue = Common & {
  readonly kind: "apply";
  readonly op: Apply["op"];
  readonly args: readonly Value[];
};

export type Value = ConstValue | AxisValue | LinearValue | LoadValue | ResultValue | ApplyValue;

/** Maps an axis of the kernel to a loop axis with its size, or to nothing. */
export type AxisMap = (axis: number) => { axis: number; size: number } | undefined;

const I32: Range = [-(2 ** 31), 2 ** 31 - 1];

/** The constant and the terms of an `i32` value. */
export function linearForm(value: Value): LinearForm {
  if (value.kind === "const") return { constant: value.value, terms: [] };
  if (value.kind === "linear") return value;
  return { constant: 0, terms: [{ coefficient: 1, atom: value }] };
}

/** Whether a sum of terms is never negative, because none of them is. */
export function isNeverNegative(terms: readonly Term[]): boolean {
  return terms.every(({ coefficient, atom }) => coefficient >= 0 && atom.range[0] >= 0);
}

/** The factor of a loop axis in an `i32` value; `undefined` if it is not linear in the axis. */
export function strideOf(value: Value, axis: number): number | undefined {
  let stride = 0;
  for (const { coefficient, atom } of linearForm(value).terms) {
    if (atom.kind === "axis") {
      if (atom.axis === axis) stride = coefficient;
    } else if (atom.axes & (1 << axis)) return undefined;
  }
  return stride;
}

/** Calls `see` once for every distinct value under `roots`, parts first. */
export function visitValues(roots: Iterable<Value>, see: (value: Value) => void): void {
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    partsOf(value).forEach(visit);
    see(value);
  };
  for (const root of roots) visit(root);
}

/** The operands of a value. */
export function partsOf(value: Value): readonly Value[] {
  switch (value.kind) {
    case "linear":
      return value.terms.map(({ atom }) => atom);
    case "load":
      return [value.index];
    case "apply":
      return value.args;
    default:
      return [];
  }
}

/** Creates values. Equal values of one table are the same object. */
export class ValueTable {
  readonly #byKey = new Map<string, Value>();
  readonly #byScalar = new Map<Scalar, Value>();
  readonly #axisMap: AxisMap;

  constructor(axisMap: AxisMap) {
    this.#axisMap = axisMap;
  }

  /** The value of a scalar expression. */
  of(scalar: Scalar): Value {
    const known = this.#byScalar.get(scalar);
    if (known) return known;
    const value = this.#build(scalar);
    this.#byScalar.set(scalar, value);
    return value;
  }

  #build(scalar: Scalar): Value {
    switch (scalar.op) {
      case "const":
        return this.#constant(scalar.type, scalar.value);
      case "axis":
        return this.#axis(scalar.axis);
      case "load":
        return this.#load(scalar.source as number, scalar.type, this.of(scalar.index));
      case "result": {
        const { result, type } = scalar;
        const make = { kind: "result", type, result, axes: 0, results: 1 << result } as const;
        return this.#intern(`r${result}`, { ...make, range: I32 });
      }
      default:
        return this.#apply(scalar);
    }
  }

  #axis(original: number): Value {
    const mapped = this.#axisMap(original);
    if (!mapped) return this.#constant("i32", 0);
    const { axis, size } = mapped;
    const range: Range = [0, size - 1];
    const make = { kind: "axis", type: "i32", axis, axes: 1 << axis, results: 0, range } as const;
    return this.#intern(`x${axis}`, make);
  }

  #constant(type: ScalarType, value: number): Value {
    const key = `c${type} ${Object.is(value, -0) ? "-0" : value}`;
    const range: Range = [value, value];
    return this.#intern(key, { kind: "const", type, value, axes: 0, results: 0, range });
  }

  #load(slot: number, type: ScalarType, index: Value): Value {
    const { axes, results } = index;
    const key = `l${slot} ${index.id}`;
    return this.#intern(key, { kind: "load", type, slot, index, axes, results, range: I32 });
  }

  #apply(scalar: Apply): Value {
    const { op, type } = scalar;
    const args = scalar.args.map((arg) => this.of(arg));
    const linear = type === "i32" ? this.#linear(op, args) : undefined;
    if (linear) return linear;
    const axes = args.reduce((mask, arg) => mask | arg.axes, 0);
    const results = args.reduce((mask, arg) => mask | arg.results, 0);
    const key = `${op} ${type} ${args.map((arg) => arg.id).join(" ")}`;
    const range = rangeOf(scalar);
    return this.#intern(key, { kind: "apply", op, type, args, axes, results, range });
  }

  #linear(op: Apply["op"], [a, b]: readonly Value[]): Value | undefined {
    if (op === "neg" && a) return this.#sum([[-1, a]]);
    if (!a || !b) return undefined;
    if (op === "add") return this.#sum([[1, a], [1, b]]);
    if (op === "sub") return this.#sum([[1, a], [-1, b]]);
    if (op === "mul" && a.kind === "const") return this.#sum([[a.value, b]]);
    if (op === "mul" && b.kind === "const") return this.#sum([[b.value, a]]);
    return undefined;
  }

  #sum(parts: readonly (readonly [factor: number, value: Value])[]): Value {
    let constant = 0;
    const coefficients = new Map<Value, number>();
    for (const [factor, value] of parts) {
      const form = linearForm(value);
      constant = (constant + Math.imul(factor, form.constant)) | 0;
      for (const { coefficient, atom } of form.terms) {
        const sum = (coefficients.get(atom) ?? 0) + Math.imul(factor, coefficient);
        coefficients.set(atom, sum | 0);
      }
    }
    const terms = [...coefficients].filter(([, coefficient]) => coefficient !== 0)
      .map(([atom, coefficient]) => ({ coefficient, atom }))
      .sort((x, y) => x.atom.id - y.atom.id);
    return this.#makeLinear(constant, terms);
  }

  #makeLinear(constant: number, terms: readonly Term[]): Value {
    const [first] = terms;
    if (!first) return this.#constant("i32", constant);
    if (terms.length === 1 && constant === 0 && first.coefficient === 1) return first.atom;
    const axes = terms.reduce((mask, { atom }) => mask | atom.axes, 0);
    const results = terms.reduce((mask, { atom }) => mask | atom.results, 0);
    const key = `+${constant} ${terms.map((t) => `${t.coefficient}*${t.atom.id}`).join(" ")}`;
    const range = rangeOfSum(constant, terms);
    return this.#intern(key, {
      kind: "linear",
      type: "i32",
      constant,
      terms,
      axes,
      results,
      range,
    });
  }

  #intern(key: string, value: WithoutId<Value>): Value {
    const known = this.#byKey.get(key);
    if (known) return known;
    const made: Value = { ...value, id: this.#byKey.size };
    this.#byKey.set(key, made);
    return made;
  }
}

type WithoutId<T> = T extends Value ? Omit<T, "id"> : never;

function rangeOfSum(constant: number, terms: readonly Term[]): Range {
  let [min, max] = [constant, constant];
  for (const { coefficient, atom: { range } } of terms) {
    const ends = [coefficient * range[0], coefficient * range[1]];
    min += Math.min(...ends);
    max += Math.max(...ends);
  }
  return min < I32[0] || max > I32[1] ? I32 : [min, max];
}
