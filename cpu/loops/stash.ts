/**
 * Stashes a value that both a reduction and the following store need, such as eˣ in softmax: it is
 * written to the store's destination and reloaded, instead of computed twice.
 */
import type { Nest, ValueStore } from "./nest.ts";
import { type LoadValue, partsOf, type Value, visitValues } from "./value.ts";

/** A stashed value, its place in memory, and the reduction that computes it. */
export interface Stash extends ValueStore {
  readonly reduction: number;
}

const expensive = new Set(
  ["exp", "log", "log1p", "expm1", "sin", "cos", "atan2", "tanh", "erf", "pow"],
);

/**
 * Finds a value of the last reduction to stash. Requires that no other load after the reduction
 * varies along the inner axes, because the store's memory might be the memory that it reads.
 */
export function findStash(
  { inner, reductions, outerStores, innerStores }: Nest,
): Stash | undefined {
  const [store, ...others] = innerStores;
  const last = reductions.at(-1);
  if (!store || !last || others.length > 0 || store.value.type !== "f32") return undefined;
  const innerAxes = inner.reduce((mask, { axis }) => mask | (1 << axis), 0);
  const varies = (value: Value): boolean => (value.axes & innerAxes) !== 0;
  const all = inner.every(({ axis }) => store.index.axes & (1 << axis));
  const reduced = new Set<Value>();
  visitValues([last.value], (value) => reduced.add(value));
  const value = outermostExpensive(store.value, reduced);
  if (!value || !all || !varies(value)) return undefined;
  const rest = collectOutside(store.value, value);
  outerStores.forEach((outer) => visitValues([outer.value], (part) => rest.push(part)));
  if (rest.some((part) => part.kind === "load" && varies(part))) return undefined;
  return { reduction: reductions.length - 1, slot: store.slot, index: store.index, value };
}

/**
 * The outermost value in `root` that the reduction also computes and that is expensive enough to
 * keep.
 */
function outermostExpensive(root: Value, reduced: ReadonlySet<Value>): Value | undefined {
  const seen = new Set<Value>();
  const find = (value: Value): Value | undefined => {
    if (seen.has(value)) return undefined; // shared parts are visited once
    seen.add(value);
    if (reduced.has(value)) return value.type === "f32" && isExpensive(value) ? value : undefined;
    for (const part of partsOf(value)) {
      const found = find(part);
      if (found) return found;
    }
    return undefined;
  };
  return find(root);
}

function isExpensive(root: Value): boolean {
  let found = false;
  visitValues([root], (part) => {
    found ||= part.kind === "apply" && part.type === "f32" && expensive.has(part.op);
  });
  return found;
}

/** Everything that `root` needs when `stashed` is available, each value once. */
function collectOutside(root: Value, stashed: Value): Value[] {
  const found = new Set<Value>([stashed]);
  const collect = (value: Value): void => {
    if (found.has(value)) return;
    found.add(value);
    partsOf(value).forEach(collect);
  };
  collect(root);
  found.delete(stashed);
  return [...found];
}

/** The load that reads the stashed value back. */
export function loadOf({ slot, index, value }: Stash): LoadValue {
  const { id, axes, results, range } = value;
  return { kind: "load", id, type: "f32", axes, results, range, slot, index };
}
