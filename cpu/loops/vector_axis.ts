/** Chooses the axis along which a kernel is vectorized. */
import type { Nest, ValueStore } from "./nest.ts";
import { strideOf, type Value, visitValues } from "./value.ts";

// Rough costs, in four-lane instructions.
const CONTIGUOUS = 1;
const UNIFORM = 0.3;
const PER_LANE = 6;
const CALL = 12;
/** Combining the four lanes of one accumulator. */
const FOLD = 8;

const called = new Set(
  ["exp", "log", "log1p", "expm1", "sin", "cos", "atan2", "tanh", "erf", "pow", "rem"],
);

/** Estimated number of instructions of a nest that is vectorized along `axis`. */
export function costOf(nest: Nest, axis: number | undefined): number {
  const outerCount = positions(nest.outer);
  const innerCount = positions(nest.inner);
  const isInner = nest.inner.some((loop) => loop.axis === axis);
  const vectors = (count: number, divided: boolean): number => {
    const size = [...nest.outer, ...nest.inner].find((loop) => loop.axis === axis)?.size;
    return divided && size ? count / size * Math.ceil(size / 4) : count;
  };
  const outerVectors = vectors(outerCount, !isInner);
  const allVectors = vectors(outerCount * innerCount, true);
  const innerCost = costPerVector(
    [...nest.reductions.map(({ value }) => value)],
    nest.innerStores,
    axis,
  );
  const outerCost = costPerVector([], nest.outerStores, isInner ? undefined : axis);
  const folds = isInner ? nest.reductions.length * FOLD : 0;
  return allVectors * (innerCost + 1) + outerVectors * (outerCost + folds + 4);
}

function positions(axes: Nest["outer"]): number {
  return axes.reduce((product, { size }) => product * size, 1);
}

/** Estimated number of instructions of values and stores for one vector along `axis`. */
export function costPerVector(
  values: readonly Value[],
  stores: readonly ValueStore[],
  axis: number | undefined,
): number {
  let cost = stores.reduce((sum, { index }) => sum + accessCost(index, axis), 0);
  const roots = [...values, ...stores.map(({ value }) => value)];
  visitValues(roots, (value) => {
    if (value.kind === "load") cost += accessCost(value.index, axis);
    if (value.kind === "apply") cost += applyCost(value.op, value, axis);
  });
  return cost;
}

function applyCost(op: string, value: Value, axis: number | undefined): number {
  if (axis !== undefined && !(value.axes & (1 << axis)) && value.results === 0) return 0.1;
  if (called.has(op) && value.type === "f32") return CALL;
  return (op === "div" || op === "rem") && value.type !== "f32" ? PER_LANE : 1;
}

function accessCost(index: Value, axis: number | undefined): number {
  if (axis === undefined) return CONTIGUOUS;
  const stride = strideOf(index, axis);
  if (stride === 0) return UNIFORM;
  return stride === 1 ? CONTIGUOUS : PER_LANE;
}

/**
 * The axis with the lowest cost, the last one if several are equal; `undefined` if no axis is worth
 * it.
 */
export function chooseVectorAxis(nest: Nest): number | undefined {
  const axes: (number | undefined)[] = [...nest.outer, ...nest.inner].map(({ axis }) => axis);
  let best: number | undefined;
  let bestCost = costOf(nest, undefined);
  for (const axis of axes) {
    const cost = costOf(nest, axis);
    if (cost <= bestCost) [best, bestCost] = [axis, cost];
  }
  return best;
}
