/** The loop nest of a kernel in terms of values, with adjacent axes merged where possible. */
import type { LoopKernel, Store } from "../../graph/kernel.ts";
import type { Scalar } from "../../graph/scalar/mod.ts";
import type { Combine } from "../../graph/kernel.ts";
import { type AxisMap, linearForm, type Value, ValueTable, visitValues } from "./value.ts";

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
  const table = new ValueTable((axis) => axes[axis]);
  const store = ({ slot, index, value }: Store): ValueStore => ({
    slot,
    index: table.of(index),
    value: table.of(value),
  });
  return {
    outer,
    inner,
    reductions: kernel.reductions.map(({ combine, value }) => ({
      combine,
      value: table.of(value),
    })),
    outerStores: kernel.outerStores.map(store),
    innerStores: kernel.innerStores.map(store),
  };
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
  const forms = axisCoefficients(kernel, sizes);
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

/** The coefficients of the axes in every `i32` expression of the kernel. */
function axisCoefficients(kernel: LoopKernel, sizes: readonly number[]): Map<number, number>[] {
  const table = new ValueTable((axis) => ({ axis, size: sizes[axis]! }));
  const stores = [...kernel.outerStores, ...kernel.innerStores];
  const roots = [
    ...kernel.reductions.map(({ value }) => value),
    ...stores.flatMap(({ index, value }) => [index, value]),
  ].map((scalar: Scalar) => table.of(scalar));
  const used = new Set<Value>(roots);
  visitValues(roots, (value) => {
    if (value.kind === "load") used.add(value.index);
    if (value.kind === "apply") value.args.forEach((arg) => used.add(arg));
  });
  const forms = [...used].filter((value) => value.type === "i32").map((value) =>
    new Map(
      linearForm(value).terms.flatMap(({ coefficient, atom }) =>
        atom.kind === "axis" ? [[atom.axis, coefficient] as const] : []
      ),
    )
  );
  return forms.filter((form) => form.size > 0);
}
