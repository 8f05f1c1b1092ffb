import { s } from "./build.ts";
import { type Load, makeApply, type Scalar } from "./scalar.ts";

/**
 * Makes a function that rebuilds expressions bottom-up. `replace` receives each leaf and each load
 * (with its index already rewritten) and returns its replacement, or `undefined` to keep it. Calls
 * of the returned function share a cache.
 */
export function scalarRewriter(
  replace: (leaf: Scalar) => Scalar | undefined,
): (scalar: Scalar) => Scalar {
  const done = new Map<Scalar, Scalar>();
  const rewrite = (scalar: Scalar): Scalar => {
    const known = done.get(scalar);
    if (known) return known;
    const result = rebuild(scalar);
    done.set(scalar, result);
    return result;
  };
  const rebuild = (scalar: Scalar): Scalar => {
    if (scalar.op === "load") {
      const index = rewrite(scalar.index);
      const load = index === scalar.index ? scalar : { ...scalar, index };
      return replace(load) ?? load;
    }
    if (!("args" in scalar)) return replace(scalar) ?? scalar;
    const args = scalar.args.map(rewrite);
    if (args.every((arg, i) => arg === scalar.args[i])) return scalar;
    return rebuildApply(scalar.op, scalar.type, args);
  };
  return rewrite;
}

/** Rebuilds an application. Only index arithmetic is simplified again. */
function rebuildApply(
  op: Extract<Scalar, { args: unknown }>["op"],
  type: Scalar["type"],
  args: readonly Scalar[],
): Scalar {
  const [a, b] = args;
  if (type === "i32" && a && b && (op === "add" || op === "mul" || op === "div" || op === "rem")) {
    return s[op](a, b);
  }
  return makeApply(op, type, args);
}

const depths = new WeakMap<Scalar, number>();

/** The nesting depth of the expressions, which is the recursion depth of code that walks them. */
export function depthOf(scalars: Iterable<Scalar>): number {
  let deepest = 0;
  for (const scalar of scalars) deepest = Math.max(deepest, depthOfOne(scalar));
  return deepest;
}

function depthOfOne(scalar: Scalar): number {
  const known = depths.get(scalar);
  if (known !== undefined) return known;
  const parts = scalar.op === "load" ? [scalar.index] : "args" in scalar ? scalar.args : [];
  const depth = parts.length > 0 ? depthOf(parts) + 1 : 0;
  depths.set(scalar, depth);
  return depth;
}

/** Calls `see` once for every distinct subexpression, arguments first. */
export function visitScalars(scalars: Iterable<Scalar>, see: (scalar: Scalar) => void): void {
  const seen = new Set<Scalar>();
  const visit = (scalar: Scalar): void => {
    if (seen.has(scalar)) return;
    seen.add(scalar);
    if (scalar.op === "load") visit(scalar.index);
    if ("args" in scalar) scalar.args.forEach(visit);
    see(scalar);
  };
  for (const scalar of scalars) visit(scalar);
}

/** All distinct loads in the expressions. */
export function loadsOf(scalars: Iterable<Scalar>): Load[] {
  const loads: Load[] = [];
  visitScalars(scalars, (scalar) => {
    if (scalar.op === "load") loads.push(scalar);
  });
  return loads;
}
