import { labelOf, type Node, type Scalar } from "../../graph/mod.ts";
import { elementOf } from "../gsgd/scales/homogeneity.ts";

/**
 * An element of the squared network as a sum over products of inputs ("0", "0,1", or "" for
 * none), each with a factor.
 */
type PathTerms = ReadonlyMap<string, number>;

/**
 * Reads from the scalar expression of an elementwise op how paths pass through it. Factors
 * are squared, signs disappear, and a way counts whether or not a batch switches it on:
 *
 * - sums, differences, minima and maxima are sums of ways, so that relu is the identity;
 * - of a choice (leaky relu, dropout, the places of max pooling) each way counts with the
 *   larger of its factors.
 */
export function pathTermsOf(node: Node): PathTerms {
  const element = elementOf(node);
  if (element) return termsOf(element);
  throw new Error(`Internal: paths through "${labelOf(node)}" (${node.op.name}) have no rule`);
}

function termsOf(scalar: Scalar): PathTerms {
  if (scalar.op === "const") return scaled(one, scalar.value ** 2);
  if (scalar.op === "load") return new Map([[String(scalar.source), 1]]);
  if (!("args" in scalar)) return one;
  const [a, b, c] = scalar.args;
  switch (scalar.op) {
    case "neg":
    case "abs":
      return termsOf(a!);
    case "add":
    case "sub":
    case "min":
    case "max":
      return merged(termsOf(a!), termsOf(b!), (x, y) => x + y);
    case "mul":
      return product(termsOf(a!), termsOf(b!));
    case "div":
      return scaled(termsOf(a!), 1 / (termsOf(b!).get("") ?? 1));
    case "select":
      return merged(termsOf(b!), termsOf(c!), Math.max);
    default:
      return one; // of data and constants only: like a datum
  }
}

const one: PathTerms = new Map([["", 1]]);

function scaled(terms: PathTerms, factor: number): PathTerms {
  return factor === 0 ? new Map() : new Map([...terms].map(([key, x]) => [key, x * factor]));
}

function merged(a: PathTerms, b: PathTerms, of: (x: number, y: number) => number): PathTerms {
  const keys = new Set([...a.keys(), ...b.keys()]);
  return new Map([...keys].map((key) => [key, of(a.get(key) ?? 0, b.get(key) ?? 0)]));
}

function product(a: PathTerms, b: PathTerms): PathTerms {
  const result = new Map<string, number>();
  for (const [left, x] of a) {
    for (const [right, y] of b) {
      const key = [left, right].filter((part) => part !== "").join();
      result.set(key, (result.get(key) ?? 0) + x * y);
    }
  }
  return result;
}
