import { type LoopKernel, type Store, storesOf } from "../../../graph/kernel.ts";
import {
  type Load,
  loadsOf,
  s,
  type Scalar,
  scalarRewriter,
  ScalarTable,
  strideAlong,
  visitScalars,
} from "../../../graph/scalar/mod.ts";

/** Most parts that are added without a loop. */
const MOST_PARTS = 8;

/**
 * Fuses a kernel that adds parts (see `sumOfParts`) into a reduction that reads each element of
 * the result once: where the reduction loaded an element, it adds the parts and stores the sum.
 * `undefined` if the reduction reads the result in another way, or makes more than one pass.
 */
export function fuseParts(parts: LoopKernel, reduction: LoopKernel): LoopKernel | undefined {
  if (!isSumOfParts(parts) || !hasOnePass(reduction)) return undefined;
  const written = new Set<unknown>(parts.outerStores.map(({ slot }) => slot));
  const isResult = ({ source }: Load) => written.has(source);
  const results = loadsOf(reduction.reductions.map(({ value }) => value)).filter(isResult);
  const readsLater = loadsOf(storesOf(reduction).map(({ value }) => value)).some(isResult);
  const order = results[0] && !readsLater && axisOrder(parts, results[0], reduction);
  if (!order) return undefined;
  const stores = storesAt(parts, order);
  const table = new ScalarTable();
  const storeOf = ({ source, index }: Load) =>
    stores.find((store) => store.slot === source && table.equal(store.index, index));
  if (!results.every(storeOf)) return undefined;
  const rewrite = scalarRewriter((leaf) => leaf.op === "load" ? storeOf(leaf)?.value : undefined);
  return {
    ...reduction,
    label: `${parts.label}+${reduction.label}`,
    reductions: reduction.reductions.map(({ combine, value }) => ({
      combine,
      value: rewrite(value),
    })),
    innerStores: stores,
  };
}

function isSumOfParts({ inner, reductions: [sum, ...others], innerStores }: LoopKernel): boolean {
  const [count = Infinity, ...rest] = inner;
  return count > 0 && count <= MOST_PARTS && rest.length === 0 && innerStores.length === 0 &&
    sum?.combine === "sum" && others.length === 0;
}

function hasOnePass({ reductions, innerStores }: LoopKernel): boolean {
  let usesResults = false;
  visitScalars(reductions.map(({ value }) => value), ({ op }) => usesResults ||= op === "result");
  return reductions.length > 0 && innerStores.length === 0 && !usesResults;
}

/**
 * Which axis of the reduction each outer axis of the sum of parts is, by size and by the stride of
 * a load of the result. `undefined` if they are not the same axes in some order.
 */
function axisOrder(
  parts: LoopKernel,
  { source, index }: Load,
  { outer, inner }: LoopKernel,
): readonly number[] | undefined {
  const store = parts.outerStores.find(({ slot }) => slot === source)!;
  const space = [...outer, ...inner];
  const order = parts.outer.map((size, i) =>
    space.findIndex((other, axis) =>
      other === size && strideAlong(index, axis) === strideAlong(store.index, i)
    )
  );
  const isComplete = order.length === space.length && !order.includes(-1) &&
    new Set(order).size === order.length;
  return isComplete ? order : undefined;
}

/** The stores of a sum of parts, which is written out, with other numbers for its axes. */
function storesAt(parts: LoopKernel, order: readonly number[]): readonly Store[] {
  const { outer, inner: [count = 0], reductions: [{ value }], outerStores } = parts as
    & LoopKernel
    & { readonly reductions: readonly [LoopKernel["reductions"][number]] };
  const move = (part?: number, sum?: Scalar) =>
    scalarRewriter((leaf) => {
      if (leaf.op === "result") return sum;
      if (leaf.op !== "axis") return undefined;
      return leaf.axis < outer.length
        ? s.axis(order[leaf.axis]!, leaf.size)
        : part === undefined
        ? undefined
        : s.int(part);
    });
  const sum = Array.from({ length: count }, (_, part) => move(part)(value))
    .reduce((before, next) => s.add(before, next));
  const rewrite = move(undefined, sum);
  return outerStores.map(({ slot, index, value }) => ({
    slot,
    index: rewrite(index),
    value: rewrite(value),
  }));
}
