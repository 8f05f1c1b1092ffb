import { GraphError, labelOf } from "../../../graph/mod.ts";
import { checkPlan } from "../skeleton/check_plan.ts";
import { hostRouteProducts, offsetOf } from "../skeleton/host_weights.ts";
import type { GsgdReport } from "./report.ts";
import { elementNumbers } from "../scales/scale_map.ts";
import type { Skeleton, SkeletonEdge } from "../skeleton/skeleton.ts";

/** Numbers by parameter name. */
export type NamedValues = ReadonlyMap<string, ArrayLike<number>>;

/**
 * Computes the values of all basis paths from the weights of a run, on the host in float64.
 * The value of a weight e = (u → v) is v_e = P[u] · w_e · Q[v] [gsgd.md §0]. Free weights have no
 * path of their own; their value is 0. A parameter that touches no scale node is returned
 * unchanged. Two networks that differ by a rescaling of hidden units have equal path values.
 *
 * @param weights by parameter name, as in `model.safetensors`; unknown names are ignored
 * @throws {GraphError} if a parameter of the plan is missing or has the wrong size
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * const layers = [new gs.Linear(1, 1), new gs.ReLU(), new gs.Linear(1, 1)];
 * const model = gs.initialize(new gs.Sequential(layers), { seed: 1 });
 * const optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 0.1 }));
 * const { graph } = gs.trace({ x: gs.f32([1, 1]), y: gs.f32([1, 1]) }, ({ x, y }) => ({
 *   updates: optimizer.minimize(gs.mse(model.forward(x), y)),
 * }));
 * const plan = gs.planGsgd(graph);
 * const weights = (c: number) =>
 *   new Map([["0.weight", [3 * c]], ["0.bias", [5 * c]], ["2.weight", [2 / c]], ["2.bias", [7]]]);
 *
 * const values = gs.pathValues(plan, weights(1));
 * assertEquals([...values.get("0.weight")!], [6]);
 * assertEquals(gs.pathValues(plan, weights(4)), values);
 * ```
 */
export function pathValues(
  plan: { readonly skeleton: Skeleton; readonly report: GsgdReport },
  weights: NamedValues,
): Map<string, Float64Array> {
  checkPlan("compute path values", plan);
  const { skeleton, report } = plan;
  const values = new Map(report.parameters.map(({ name, edges }) => {
    const data = weights.get(name);
    if (data?.length === edges) return [name, Float64Array.from(data)];
    throw new GraphError(
      `Cannot compute path values: "${name}" must have ${edges} weights: current number is ` +
        `${data?.length ?? "none"}`,
    );
  }));
  const at = (edge: SkeletonEdge) => values.get(labelOf(edge.weight))![offsetOf(edge)]!;
  const into = hostRouteProducts(skeleton, "in", at);
  const outOf = hostRouteProducts(skeleton, "out", at);
  for (const { weight, tail, head, outEdges } of skeleton.tensors) {
    const data = values.get(labelOf(weight))!;
    const [heads, tails] = [head, tail].map((map) => elementNumbers(map, weight.type.shape));
    for (let i = 0; i < data.length; i++) {
      data[i] = data[i]! * into[tail.ids[tails![i]!]!]! * outOf[head.ids[heads![i]!]!]!;
    }
    for (const edge of outEdges) if (edge) data[offsetOf(edge)] = 0;
  }
  return values;
}

/**
 * Returns the largest max |a − b| / max |b| over all tensors: 0 if all numbers are equal, `NaN`
 * if any is `NaN`. Both must hold the same names.
 *
 * @throws {GraphError} if a tensor is missing or has another size
 */
export function relativeDifference(a: NamedValues, b: NamedValues): number {
  let worst = 0;
  for (const [name, right] of b) {
    const left = a.get(name);
    if (left?.length !== right.length || a.size !== b.size) {
      throw new GraphError(
        `Cannot compare "${name}": both must hold the same tensors of equal sizes: current sizes ` +
          `are ${left?.length ?? "none"} and ${right.length}`,
      );
    }
    let [apart, largest] = [0, 0];
    for (let i = 0; i < right.length; i++) {
      // Math.max keeps NaN
      apart = Math.max(apart, Math.abs(left[i]! - right[i]!));
      largest = Math.max(largest, Math.abs(right[i]!));
    }
    worst = Math.max(worst, apart === 0 ? 0 : apart / largest);
  }
  return worst;
}
