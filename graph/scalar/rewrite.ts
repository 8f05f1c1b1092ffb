import { s } from "./build.ts";
import { makeApply, type Scalar } from "./scalar.ts";

/**
 * Rebuilds an expression bottom-up. `replace` sees each leaf and load (its index
 * already rewritten) and returns what stands for it; `undefined` keeps it. One call of
 * the returned function shares its work with the next.
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

/** Index arithmetic is simplified again, everything else is kept as it was written. */
function rebuildApply(
  op: Extract<Scalar, { args: unknown }>["op"],
  type: Scalar["type"],
  args: readonly Scalar[],
): Scalar {
  const [a, b] = args;
  if (type === "i32" && a && b && (op === "add" || op === "mul" || op === "div" || op === "mod")) {
    return s[op](a, b);
  }
  return makeApply(op, type, args);
}

/** How many functions lie one in another at most: what walks the expressions recurses so deep. */
export function depthOf(scalars: Iterable<Scalar>): number {
  const depths = new Map<Scalar, number>();
  visitScalars(scalars, (scalar) => {
    const parts = scalar.op === "load" ? [scalar.index] : "args" in scalar ? scalar.args : [];
    const deepest = parts.reduce((depth, part) => Math.max(depth, depths.get(part)!), -1);
    depths.set(scalar, deepest + 1);
  });
  return [...depths.values()].reduce((a, b) => Math.max(a, b), 0);
}

/** Calls `see` once for every distinct part of the expressions, arguments first. */
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
