/**
 * Runs a plan in float64 with plain loops: what the plan format means, without a backend.
 * Lowering is tested with it, and it is slow on purpose.
 */
import {
  type Conv2dKernel,
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
    else if (kernel.kind === "matmul") runMatmul(kernel, memory);
    else runConv2d(kernel, memory);
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
    for (const inner of kernel.innerStores.length > 0 ? positions(kernel.inner) : []) {
      runStores(kernel.innerStores, [...outer, ...inner], results, memory);
    }
    runStores(kernel.outerStores, outer, results, memory);
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

/** Every element of the result is summed on its own, straight from the definition. */
function runConv2d({ role, sizes, a, b, stores }: Conv2dKernel, memory: Memory): void {
  const { n, c, h, w, o, kernelHeight, kernelWidth, outHeight, outWidth } = sizes;
  const inGroup = c / sizes.groups;
  const outGroup = o / sizes.groups;
  const image = [n, c, h, w];
  const weight = [o, inGroup, kernelHeight, kernelWidth];
  const result = [n, o, outHeight, outWidth];
  const at = (slot: number, shape: readonly number[], position: readonly number[]) =>
    memory[slot]![position.reduce((index, p, axis) => index * shape[axis]! + p, 0)]!;
  const row = (i: number, u: number) =>
    i * sizes.stride[0] + u * sizes.dilation[0] - sizes.padding[0];
  const column = (j: number, v: number) =>
    j * sizes.stride[1] + v * sizes.dilation[1] - sizes.padding[1];
  const inside = (y: number, x: number) => y >= 0 && y < h && x >= 0 && x < w;
  const spaces = { forward: result, inputGradient: image, weightGradient: weight };
  for (const axes of positions(spaces[role])) {
    const [p, q, r, t] = axes as [number, number, number, number];
    let sum = 0;
    if (role === "forward") {
      const first = Math.floor(q / outGroup) * inGroup;
      for (const [k, u, v] of positions(weight.slice(1)) as Iterable<[number, number, number]>) {
        const [y, x] = [row(r, u), column(t, v)];
        if (inside(y, x)) sum += at(a, image, [p, first + k, y, x]) * at(b, weight, [q, k, u, v]);
      }
    } else if (role === "weightGradient") {
      const channel = Math.floor(p / outGroup) * inGroup + q;
      for (
        const [m, i, j] of positions([n, outHeight, outWidth]) as Iterable<[number, number, number]>
      ) {
        const [y, x] = [row(i, r), column(j, t)];
        if (inside(y, x)) sum += at(a, image, [m, channel, y, x]) * at(b, result, [m, p, i, j]);
      }
    } else {
      const first = Math.floor(q / inGroup) * outGroup;
      const space = [outGroup, outHeight, outWidth, kernelHeight, kernelWidth];
      for (
        const [k, i, j, u, v] of positions(space) as Iterable<
          [number, number, number, number, number]
        >
      ) {
        if (row(i, u) !== r || column(j, v) !== t) continue;
        sum += at(a, result, [p, first + k, i, j]) * at(b, weight, [first + k, q % inGroup, u, v]);
      }
    }
    runStores(stores, axes, [sum], memory);
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
