/** Bounds of all elements of a node with an `element` rule: one array for each scalar. */
import {
  type Apply,
  elementCount,
  type Load,
  type Lowering,
  type Node,
  type Scalar,
  type Shape,
} from "../../../graph/mod.ts";
import { elementOf } from "../../../graph/interpret/element.ts";
import { functionOf } from "../../../graph/interpret/functions.ts";
import { floatRules, type Rule, squareRule } from "./float_rules.ts";
import { type Bounds, ends, exactly } from "./interval.ts";
import {
  bitcastRule,
  castRule,
  everything,
  EXPONENT,
  exponentRule,
  otherRule,
  selfRule,
} from "./other_rules.ts";

type ElementLowering = Extract<Lowering, { kind: "element" }>;

/** What every element of a node may be, given what the elements of its inputs may be. */
export function boundElements(
  node: Node,
  lowering: ElementLowering,
  inputs: readonly Bounds[],
): Bounds {
  const { shape } = node.type;
  const count = elementCount(shape);
  const known = new Map<Scalar, Bounds>();
  const visit = (scalar: Scalar): Bounds => {
    const found = known.get(scalar);
    if (found) return found;
    const bounds = compute(scalar);
    known.set(scalar, bounds);
    return bounds;
  };
  const compute = (scalar: Scalar): Bounds => {
    switch (scalar.op) {
      case "const":
        return literal(scalar.value, scalar.type === "f32", count);
      case "axis":
        return exactly(positionsAlong(scalar.axis, shape));
      case "load":
        return loaded(scalar, visit(scalar.index), inputs[scalar.source as number]!);
      case "result":
        throw new Error("Internal: an element of a value does not use results of reductions");
      default:
        return applied(scalar, visit);
    }
  };
  return visit(elementOf(node, lowering));
}

/** A literal is rounded by the backends, but not by interpreters. */
function literal(value: number, isFloat: boolean, count: number): Bounds {
  const low = new Float64Array(count).fill(value);
  const single = isFloat ? Math.fround(value) : value;
  if (single === value) return { low, high: low };
  return {
    low: low.fill(Math.min(value, single)),
    high: new Float64Array(count).fill(Math.max(value, single)),
  };
}

function positionsAlong(axis: number, shape: Shape): number[] {
  const inner = elementCount(shape.slice(axis + 1));
  const count = elementCount(shape);
  return Array.from({ length: count }, (_, i) => Math.floor(i / inner) % shape[axis]!);
}

/** Where the index is not known, the element may be any of a range. */
function loaded({ type }: Load, index: Bounds, source: Bounds): Bounds {
  const count = index.low.length;
  const result = { low: new Float64Array(count), high: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    const [first, last] = [index.low[i]!, index.high[i]!];
    if (first < 0 || last >= source.low.length) { // of a branch that is not taken
      [result.low[i], result.high[i]] = everything[type];
      continue;
    }
    let [low, high] = [source.low[first]!, source.high[first]!];
    for (let at = first + 1; at <= last; at++) {
      low = Math.min(low, source.low[at]!);
      high = Math.max(high, source.high[at]!);
    }
    result.low[i] = low;
    result.high[i] = high;
  }
  return trimmed(result);
}

/** One array instead of two if all ends are equal. */
function trimmed({ low, high }: Bounds): Bounds {
  for (let i = 0; i < low.length; i++) {
    if (low[i] !== high[i]) return { low, high };
  }
  return { low, high: low };
}

function applied(scalar: Apply, visit: (scalar: Scalar) => Bounds): Bounds {
  if (scalar.op === "select") return selected(scalar, visit);
  const { rule, args } = ruleOf(scalar);
  const [a, b = { low: zeros, high: zeros }] = args.map(visit) as [Bounds, Bounds?];
  const count = a.low.length;
  const [low, high] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    rule(a.low[i]!, a.high[i]!, b.low[i] ?? 0, b.high[i] ?? 0);
    low[i] = ends.low;
    high[i] = ends.high;
  }
  return trimmed({ low, high });
}

const zeros = new Float64Array(0);

function ruleOf({ op, type, args }: Apply): { rule: Rule; args: readonly Scalar[] } {
  const [first, second] = args as readonly [Scalar, Scalar?];
  if (op === "cast") return { rule: castRule(first.type, type, functionOf(op, type, first)), args };
  if (op === "bitcast") {
    return { rule: bitcastRule(first.type, type, functionOf(op, type, first)), args };
  }
  if (op === "and" && first.op === "bitcast" && isExponentMask(second)) {
    const [float] = first.args;
    if (float!.type === "f32") return { rule: exponentRule, args: [float!] };
  }
  if (op === "mul" && type === "f32" && first === second) return { rule: squareRule, args };
  const self = first === second ? selfRule(op) : undefined;
  if (self) return { rule: self, args };
  const rule = first.type === "f32" ? floatRules[op] : undefined;
  return { rule: rule ?? otherRule(op, type, functionOf(op, type, first)), args };
}

function isExponentMask(scalar: Scalar | undefined): boolean {
  return scalar?.op === "const" && scalar.value === EXPONENT;
}

/** Either branch where the condition is not known. */
function selected({ args }: Apply, visit: (scalar: Scalar) => Bounds): Bounds {
  const [condition, a, b] = args.map(visit) as [Bounds, Bounds, Bounds];
  const count = condition.low.length;
  const [low, high] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    const isOpen = condition.low[i] !== condition.high[i];
    const chosen = condition.low[i] !== 0 ? a : b;
    low[i] = isOpen ? Math.min(a.low[i]!, b.low[i]!) : chosen.low[i]!;
    high[i] = isOpen ? Math.max(a.high[i]!, b.high[i]!) : chosen.high[i]!;
  }
  return trimmed({ low, high });
}
