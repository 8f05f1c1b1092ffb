import { Variable } from "../../../autograd/mod.ts";
import {
  abs,
  add,
  cast,
  checkOptions,
  div,
  fullLike,
  greater,
  minimum,
  mul,
  type Node,
  optional,
  reduceMin,
  reduceSum,
  sub,
  trueOrFalse,
} from "../../../graph/mod.ts";
import { indexVector } from "../skeleton/index_vector.ts";
import {
  type CounterSources,
  type RatioTelemetry,
  ratioTelemetry,
  ratioUpdates,
  smallestCounter,
} from "./ratio_telemetry.ts";

/** What a G-SGD step counts on the device, to be read from time to time [gsgd.md §9]. */
export interface Telemetry extends Disposable {
  /** f32[]: the smallest |v| of a trained skeleton weight so far; steps grow as 1/v². */
  readonly smallestPathValue: Variable;
  /** i32[]: how often a ratio v′/v was negative: the function jumped there. */
  readonly signChanges: Variable;
  /** Counts of the ratios, if asked for. */
  readonly ratios?: RatioTelemetry;
}

/** Makes the counters of a G-SGD step; those of the ratios only if asked for. */
export function gsgdTelemetry(options: { readonly ratios?: boolean } = {}): Telemetry {
  checkOptions("count what G-SGD does", options, { ratios: optional(trueOrFalse) });
  const ratios = options.ratios ? ratioTelemetry() : undefined;
  const smallestPathValue = smallestCounter("gsgd.smallestPathValue");
  const signChanges = new Variable("gsgd.signChanges", { dtype: "i32", shape: [] });
  return {
    smallestPathValue,
    signChanges,
    ...(ratios && { ratios }),
    [Symbol.dispose]() {
      for (const counter of countersOf(this)) counter[Symbol.dispose]();
    },
  };
}

/** All variables of the counters. */
export function countersOf(
  { smallestPathValue, signChanges, ratios }: Telemetry,
): readonly Variable[] {
  return [
    smallestPathValue,
    signChanges,
    ...ratios ? [ratios.smallestPathValue, ratios.clamped, ratios.above] : [],
  ];
}

/** The next values of all counters; none without telemetry. */
export function counterUpdates(
  telemetry: Telemetry | undefined,
  sources: CounterSources,
): ReadonlyMap<Node, Node> {
  if (!telemetry) return new Map();
  const counted = telemetryUpdates(telemetry, sources);
  if (!telemetry.ratios) return counted;
  return new Map([...counted, ...ratioUpdates(telemetry.ratios, sources)]);
}

/** The next values of the counters that every telemetry has. */
function telemetryUpdates(
  { smallestPathValue, signChanges }: Telemetry,
  { routes, next }: CounterSources,
): ReadonlyMap<Node, Node> {
  let smallest: Node = smallestPathValue.node;
  let changes: Node = signChanges.node;
  for (const [vector, ratio] of next.inverseRatio) {
    // a free in-edge repeats the trained one upstream: same |v|, and not counted again
    if (!vector.trained.includes(true)) continue;
    // v = Q / (1/P): 1/P is in memory anyway, and the old weight need not outlive its update
    const value = div(routes.q.get(vector)!, routes.inverseP.get(vector)!);
    smallest = minimum(smallest, reduceMin(abs(value), [0]));
    const isTrained = indexVector(vector.trained.map(Number));
    const isPositive = cast(greater(ratio, fullLike(ratio, 0)), "i32");
    const changed = mul(isTrained, sub(fullLike(isPositive, 1), isPositive));
    changes = add(changes, reduceSum(changed, [0]));
  }
  return new Map([[smallestPathValue.node, smallest], [signChanges.node, changes]]);
}
