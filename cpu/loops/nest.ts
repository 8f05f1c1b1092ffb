/** The loop nest of a kernel in terms of values, with adjacent axes merged where possible. */
import type { Combine, LoopKernel, Store } from "../../graph/kernel.ts";
import { type AxisMap, linearForm, partsOf, type Value, ValueTable, visitValues } from "./value.ts";

/** A store: `slot[index] = value`. */
export interface ValueStore {
  readonly slot: number;
  readonly index: Value;
  readonly value: Value;
}

/** A loop axis: its number in the values, and its size. */
export interface LoopAxis {
  readonly axis: number;
  readonly size: number;
}

/** A loop kernel ready for code generation. */
export interface Nest {
  readonly outer: readonly LoopAxis[];
  readonly inner: readonly LoopAxis[];
  readonly reductions: readonly { readonly combine: Combine; readonly value: Value }[];
  readonly outerStores: readonly ValueStore[];
  readonly innerStores: readonly ValueStore[];
}

/** Rewrites a kernel over merged axes. */
export function buildNest(kernel: LoopKernel): Nest {
  const { axes, outer, inner } = mergeAxes(kernel);
  return { outer, inner, ...valuesOf(kernel, (axis) => axes[axis]) };
}

/** The reductions and stores of a kernel in terms of values. */
function valuesOf(kernel: LoopKernel, axisMap: AxisMap): Omit<Nest, "outer" | "inner"> {
  const table = new ValueTable(axisMap);
  return {
    reductions: kernel.reductions.map(({ combine, value }) => ({
      combine,
      value: table.of(value),
    })),
    outerStores: kernel.outerStores.map((store) => valueStore(table, store)),
    innerStores: kernel.innerStores.map((store) => valueStore(table, store)),
  };
}

/** A store in terms of values. */
export function valueStore(table: ValueTable, { slot, index, value }: Store): ValueStore {
  return { slot, index: table.of(index), value: table.of(value) };
}

/** The values at the top of stores. */
export function rootsOfStores(stores: readonly ValueStore[]): Value[] {
  return stores.flatMap(({ index, value }) => [index, value]);
}

/** The values at the top of a nest. */
export function rootsOf(
  { reductions, outerStores, innerStores }: Omit<Nest, "outer" | "inner">,
): Value[] {
  return [
    ...reductions.map(({ value }) => value),
    ...rootsOfStores([...outerStores, ...innerStores]),
  ];
}

/** The slots that stores write and values load. */
export function slotsOf(stores: readonly ValueStore[], roots: readonly Value[]): Set<number> {
  const slots = new Set(stores.map(({ slot }) => slot));
  visitValues(roots, (value) => {
    if (value.kind === "load") slots.add(value.slot);
  });
  return slots;
}

/**
 * The coefficients of the axes in every `i32` value that the roots, loads, and functions use. A sum
 * counts as one value.
 */
export function axisCoefficients(roots: readonly Value[]): ReadonlyMap<number, number>[] {
  const used = new Set<Value>(roots);
  visitValues(roots, (value) => {
    if (value.kind === "load") used.add(value.index);
    if (value.kind === "apply") value.args.forEach((arg) => used.add(arg));
  });
  return [...used].filter(({ type }) => type === "i32").map((value) =>
    new Map(
      linearForm(value).terms.flatMap(({ coefficient, atom }) =>
        atom.kind === "axis" ? [[atom.axis, coefficient] as const] : []
      ),
    )
  );
}

/** The values under `roots` with more than one use. */
export function valuesUsedTwice(roots: readonly Value[]): Set<Value> {
  const uses = new Map<Value, number>();
  const use = (value: Value): void => void uses.set(value, (uses.get(value) ?? 0) + 1);
  roots.forEach(use);
  visitValues(roots, (value) => partsOf(value).forEach(use));
  return new Set([...uses].filter(([, count]) => count > 1).map(([value]) => value));
}

interface MergedAxes {
  /** By original axis: the merged axis, if the original is the last (fastest) axis in it. */
  readonly axes: readonly ReturnType<AxisMap>[];
  readonly outer: readonly LoopAxis[];
  readonly inner: readonly LoopAxis[];
}

/**
 * Merges adjacent axes (a, b) if every `i32` expression contains a only as a·size(b) + b, the
 * row-major index of both.
 */
function mergeAxes(kernel: LoopKernel): MergedAxes {
  const sizes = [...kernel.outer, ...kernel.inner];
  const unmerged = valuesOf(kernel, (axis) => ({ axis, size: sizes[axis]! }));
  const forms = axisCoefficients(rootsOf(unmerged));
  const mergeable = (a: number, b: number): boolean =>
    forms.every((form) => (form.get(a) ?? 0) === (form.get(b) ?? 0) * sizes[b]!);
  const axes: ReturnType<AxisMap>[] = new Array(sizes.length).fill(undefined);
  let count = 0;
  const merge = (from: number, to: number): LoopAxis[] => {
    const merged: { last: number; size: number }[] = [];
    for (let axis = from; axis < to; axis++) {
      if (sizes[axis] === 1) continue;
      const previous = merged.at(-1);
      if (previous && mergeable(previous.last, axis)) {
        previous.last = axis;
        previous.size *= sizes[axis]!;
      } else merged.push({ last: axis, size: sizes[axis]! });
    }
    return merged.map(({ last, size }) => axes[last] = { axis: count++, size });
  };
  const outer = merge(0, kernel.outer.length);
  const inner = merge(kernel.outer.length, sizes.length);
  return { axes, outer, inner };
}
