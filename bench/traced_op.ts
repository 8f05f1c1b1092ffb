/**
 * Ops of the benchmark as steps.
 * @module
 */
import { elementCount } from "../graph/mod.ts";
import { f32, trace, type TracedFunction, Variable } from "../mod.ts";
import { values } from "./inputs.ts";
import type { OpCase } from "./op_cases.ts";

/** A traced op, and the variables that hold its results. */
export interface TracedOp {
  readonly traced: TracedFunction<string, string>;
  readonly results: readonly Variable[];
}

/** Traces an op. Results stay in variables, so that nothing large is read back. */
export function traceOp(
  { inputs, state = {}, build }: Pick<OpCase, "inputs" | "state" | "build">,
): TracedOp {
  const types = Object.fromEntries(
    Object.entries(inputs).map(([name, shape]) => [name, f32(shape)]),
  );
  const kept = Object.entries(state).map(([name, shape], i) =>
    new Variable(name, f32(shape), () => values(elementCount(shape), -1 - i))
  );
  let results: readonly Variable[] = [];
  const traced = trace(types, (tensors) => {
    const built = [build({ ...tensors, ...Object.fromEntries(kept.map((v) => [v.name, v])) })]
      .flat();
    results = built.map((value, i) => kept[i] ?? new Variable(`result ${i}`, f32(value.shape)));
    return { updates: new Map(results.map((variable, i) => [variable, built[i]!])) };
  });
  return { traced, results };
}
