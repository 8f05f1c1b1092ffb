/**
 * Runs a plan in float64 with plain loops: what the plan format means, without a backend.
 * Lowering is tested with it, and it is slow on purpose.
 */
import {
  type Dispatch,
  elementCount,
  type LoopKernel,
  type MatmulKernel,
  type MatrixOperand,
  type Plan,
  type Scalar,
  type Store,
} from "../../graph/mod.ts";
import { applyScalar } from "../../graph/interpret/functions.ts";
import { combiner, identityOf } from "../../graph/interpret/reduce.ts";

type Memory = readonly Float64Array[];

/** Runs every dispatch; `memory` holds one array for each slot. */
export function runPlan(plan: Plan, memory: Memory): void {
  for (const dispatch of plan.dispatches) runDispatch(dispatch, memory);
}

function runDispatch(dispatch: Dispatch, memory: Memory): void {
  for (const kernel of dispatch.kernels.toReversed()) { // any order must do
    if (kernel.kind === "loop") runLoop(kernel, memory);
    else runMatmul(kernel, memory);
  }
}

function runLoop(kernel: LoopKernel, memory: Memory): void {
  for (const outer of [...positions(kernel.outer)].toReversed()) { // any order must do
    const results: number[] = [];
    for (const { combine, value } of kernel.reductions) {
      const join = combiner(combine, value.type);
      let total = identityOf(combine, value.type);
      for (const inner of positions(kernel.inner)) {
        total = join(total, evaluate(value, [...outer, ...inner], results, memory));
      }
      results.push(total);
    }
    runStores(kernel.outerStores, outer, results, memory);
    for (const inner of kernel.innerStores.length > 0 ? positions(kernel.inner) : []) {
      runStores(kernel.innerStores, [...outer, ...inner], results, memory);
    }
  }
}

function runMatmul(kernel: MatmulKernel, memory: Memory): void {
  const at = (operand: MatrixOperand, batch: readonly number[], row: number, column: number) =>
    memory[operand.slot]![
      operand.offset + row * operand.rowStride + column * operand.columnStride +
      batch.reduce((sum, position, axis) => sum + position * operand.batchStrides[axis]!, 0)
    ]!;
  for (const axes of positions([...kernel.batch, kernel.m, kernel.n])) {
    const batch = axes.slice(0, -2);
    const [row, column] = axes.slice(-2) as [number, number];
    let sum = 0;
    for (let k = 0; k < kernel.k; k++) {
      sum += at(kernel.a, batch, row, k) * at(kernel.b, batch, k, column);
    }
    runStores(kernel.stores, axes, [sum], memory);
  }
}

function runStores(
  stores: readonly Store[],
  axes: readonly number[],
  results: readonly number[],
  memory: Memory,
): void {
  // All values first: a store may overwrite what another one of them reads.
  const values = stores.map(({ value }) => evaluate(value, axes, results, memory));
  stores.forEach(({ slot, index }, i) => {
    memory[slot]![evaluate(index, axes, results, memory)] = values[i]!;
  });
}

function evaluate(
  scalar: Scalar,
  axes: readonly number[],
  results: readonly number[],
  memory: Memory,
): number {
  const memo = new Map<Scalar, number>();
  const visit = (part: Scalar): number => {
    const known = memo.get(part);
    if (known !== undefined) return known;
    const value = compute(part);
    memo.set(part, value);
    return value;
  };
  const compute = (part: Scalar): number => {
    switch (part.op) {
      case "const":
        return part.value;
      case "axis":
        return axes[part.axis]!;
      case "result":
        return results[part.result]!;
      case "load":
        return memory[part.source as number]![visit(part.index)]!;
      default:
        return applyScalar(part, part.args.map(visit));
    }
  };
  return visit(scalar);
}

function* positions(shape: readonly number[]): Generator<number[]> {
  const count = elementCount(shape);
  for (let i = 0; i < count; i++) {
    let rest = i;
    const position = new Array<number>(shape.length);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    yield position;
  }
}
