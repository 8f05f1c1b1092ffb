import type { LoopKernel, Reduction, Store } from "../kernel.ts";
import { elementCount } from "../types.ts";
import { forEachPosition, setPosition } from "./position.ts";
import { combiner, identityOf } from "./reduce.ts";
import { compileScalar, type Environment } from "./scalar.ts";

type Thunk = () => number;

/**
 * Runs a loop kernel on the host in float64; `memory` holds one array for each slot. It visits
 * the outer positions from the last to the first, because any order must do.
 */
export function runLoop(kernel: LoopKernel, memory: readonly Float64Array[]): void {
  const { outer, inner } = kernel;
  const coords = new Int32Array(outer.length + inner.length);
  const results: number[] = [];
  const environment: Environment = {
    coords,
    results,
    elementsOf: (source) => memory[source as number]!,
  };
  const position = {
    outer: coords.subarray(0, outer.length),
    inner: coords.subarray(outer.length),
  };
  const walk = (body: () => void): void => forEachPosition(position.inner, inner, body);
  const reductions = kernel.reductions.map((each) => compileReduction(each, environment, walk));
  const innerStores = compileStores(kernel.innerStores, environment, memory);
  const outerStores = compileStores(kernel.outerStores, environment, memory);
  for (let row = elementCount(outer) - 1; row >= 0; row--) {
    setPosition(position.outer, outer, row);
    results.length = 0;
    for (const reduce of reductions) results.push(reduce());
    if (kernel.innerStores.length > 0) walk(innerStores);
    position.inner.fill(0);
    outerStores();
  }
}

function compileReduction(
  { combine, value }: Reduction,
  environment: Environment,
  walk: (body: () => void) => void,
): Thunk {
  const join = combiner(combine, value.type);
  const compute = compileScalar(value, environment);
  return () => {
    let total = identityOf(combine, value.type);
    walk(() => total = join(total, compute()));
    return total;
  };
}

/** Computes all values first: a store may overwrite what another one of them reads. */
function compileStores(
  stores: readonly Store[],
  environment: Environment,
  memory: readonly Float64Array[],
): () => void {
  const compiled = stores.map(({ slot, index, value }) => ({
    elements: memory[slot]!,
    index: compileScalar(index, environment),
    value: compileScalar(value, environment),
  }));
  return () => {
    const values = compiled.map(({ value }) => value());
    compiled.forEach(({ elements, index }, i) => elements[index()] = values[i]!);
  };
}
