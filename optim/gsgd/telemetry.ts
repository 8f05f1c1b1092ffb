import { Variable } from "../../autograd/mod.ts";
import {
  abs,
  add,
  cast,
  fullLike,
  lessEqual,
  minimum,
  mul,
  type Node,
  reduceMin,
  reduceSum,
} from "../../graph/mod.ts";
import type { NodeValues } from "./node_vectors.ts";
import type { RouteProducts } from "./path_values.ts";
import { skeletonPathValue } from "./weight_allocation.ts";

/** What a G-SGD step counts on the device, to be read now and then [spec §9]. */
export interface Telemetry extends Disposable {
  /** f32[]: the smallest |v| of a trained skeleton weight so far; steps grow as 1/v². */
  readonly smallestPathValue: Variable;
  /** i32[]: how often a ratio v′/v was not positive: the function jumped there. */
  readonly signChanges: Variable;
}

/** Makes the counters of a G-SGD step. */
export function gsgdTelemetry(): Telemetry {
  const smallestPathValue = new Variable(
    "gsgd.smallestPathValue",
    { dtype: "f32", shape: [] },
    () => Float32Array.of(Infinity),
  );
  const signChanges = new Variable("gsgd.signChanges", { dtype: "i32", shape: [] });
  return {
    smallestPathValue,
    signChanges,
    [Symbol.dispose]: () => {
      smallestPathValue[Symbol.dispose]();
      signChanges[Symbol.dispose]();
    },
  };
}

/** The counters' next values. */
export function telemetryUpdates(
  { smallestPathValue, signChanges }: Telemetry,
  products: RouteProducts,
  updates: NodeValues,
): ReadonlyMap<Node, Node> {
  let smallest: Node = smallestPathValue.node;
  let changes: Node = signChanges.node;
  for (const [vector, update] of updates) {
    const value = skeletonPathValue(vector, products);
    smallest = minimum(smallest, reduceMin(abs(value), [0]));
    const after = mul(value, add(value, update)); // v·v′ ≤ 0 where the sign changes
    const changed = cast(lessEqual(after, fullLike(after, 0)), "i32");
    changes = add(changes, reduceSum(changed, [0]));
  }
  return new Map([[smallestPathValue.node, smallest], [signChanges.node, changes]]);
}
