import { type Apply, type Load, type Scalar, visitScalars } from "../scalar/mod.ts";
import { functionOf } from "./functions.ts";

/** The values of the leaves of an expression. */
export interface Environment {
  /** Current position along each loop axis; changed by the caller between evaluations. */
  readonly coords: Int32Array;
  /** Results of the reductions so far; changed by the caller between evaluations. */
  readonly results?: readonly number[];
  /** The elements that a load reads from. */
  elementsOf(source: unknown): ArrayLike<number>;
}

type Thunk = () => number;

/**
 * Compiles an expression to closures. The returned function computes its value at the current
 * `coords`. It computes a shared subexpression once for each call, and only the selected branch of
 * a `select`.
 */
export function compileScalar(scalar: Scalar, environment: Environment): Thunk {
  const shared = sharedParts(scalar);
  const compiled = new Map<Scalar, Thunk>();
  let evaluation = 0;
  const compile = (part: Scalar): Thunk => {
    const known = compiled.get(part);
    if (known) return known;
    const plain = compilePart(part, environment, compile);
    const thunk = shared.has(part) ? remember(plain, () => evaluation) : plain;
    compiled.set(part, thunk);
    return thunk;
  };
  const compute = compile(scalar);
  return () => {
    evaluation++;
    return compute();
  };
}

/** The subexpressions that occur more than once and are worth caching. */
function sharedParts(scalar: Scalar): Set<Scalar> {
  const seen = new Set<Scalar>();
  const shared = new Set<Scalar>();
  visitScalars([scalar], (part) => {
    const parts = part.op === "load" ? [part.index] : "args" in part ? part.args : [];
    for (const child of parts) {
      if (seen.has(child) && ("args" in child || child.op === "load")) shared.add(child);
      seen.add(child);
    }
  });
  return shared;
}

function remember(compute: Thunk, now: Thunk): Thunk {
  let last = -1;
  let value = 0;
  return () => {
    if (last !== now()) {
      value = compute();
      last = now();
    }
    return value;
  };
}

function compilePart(
  part: Scalar,
  { coords, results, elementsOf }: Environment,
  compile: (part: Scalar) => Thunk,
): Thunk {
  switch (part.op) {
    case "const": {
      const { value } = part;
      return () => value;
    }
    case "axis": {
      const { axis } = part;
      return () => coords[axis]!;
    }
    case "load":
      return compileLoad(part, elementsOf(part.source), compile(part.index));
    case "result": {
      if (!results) {
        throw new Error("Internal: an element of a value does not use results of reductions");
      }
      const { result } = part;
      return () => results[result]!;
    }
    default:
      return compileApply(part, compile);
  }
}

function compileLoad(load: Load, elements: ArrayLike<number>, index: Thunk): Thunk {
  return () => {
    const at = index();
    const value = elements[at];
    if (value === undefined) {
      throw new Error(
        `Internal: a load of ${load.type} must stay inside its ${elements.length} elements: ` +
          `current index is ${at}`,
      );
    }
    return value;
  };
}

function compileApply({ op, type, args }: Apply, compile: (part: Scalar) => Thunk): Thunk {
  const [first, second, third] = args.map(compile);
  if (!first) throw new Error(`Internal: ${op} without arguments`);
  if (op === "select") return () => first() !== 0 ? second!() : third!();
  const compute = functionOf(op, type, args[0]!);
  return second ? () => compute(first(), second()) : () => compute(first(), 0);
}
