import { assert, assertEquals } from "@std/assert";
import { lower } from "../../../graph/mod.ts";
import {
  gsgd,
  gsgdTelemetry,
  ratioEdges,
  ratioHistogram,
  resetRatios,
  sgd,
} from "../../../optim/mod.ts";
import { mlp } from "./network.ts";
import { TrainingRun } from "./training_run.ts";

const limits = { slotsPerDispatch: 32, bytesPerSlot: 2 ** 30, longRow: 4096, parallelRows: 64 };

type Net = ReturnType<typeof mlp>;

/** A run of G-SGD whose counters begin as their variables do. */
function counted(net: Net, options: Parameters<typeof gsgd>[0] = {}) {
  const telemetry = gsgdTelemetry({ ratios: true });
  const { smallestPathValue, clamped, above } = telemetry.ratios!;
  const bindings = new Map(net.bindings);
  const counters = [telemetry.smallestPathValue, telemetry.signChanges];
  for (const counter of [...counters, smallestPathValue, clamped, above]) {
    bindings.set(counter.node, Float64Array.from(counter.hostValue()!));
  }
  const run = new TrainingRun({ ...net, bindings }, gsgd({ ...options, telemetry })(net.graph));
  return { run, telemetry, [Symbol.dispose]: () => telemetry[Symbol.dispose]() };
}

/** v of each trained skeleton weight of a net 3-4-2: in-edge and out-edge of hidden unit k. */
function pathValues(weights: Record<string, Float64Array>): number[] {
  return [0, 1, 2, 3].map((k) =>
    weights["W1.weight"]![k * 3 + k % 3]! * weights["W2.weight"]![k % 2 * 4 + k]!
  );
}

/** The bins by plain counting. */
function histogramOf(ratios: readonly number[]): number[] {
  const edges = [...Float32Array.from(ratioEdges)];
  return [-Infinity, ...edges].map((low, k) =>
    ratios.filter((ratio) => ratio > low && ratio <= (edges[k] ?? Infinity)).length
  );
}

const fast = () => mlp([3, 4, 2], { transform: sgd({ learningRate: 1 }), seed: 3 });
const slow = () => mlp([3, 4, 2], { transform: sgd({ learningRate: 1e-3 }), seed: 3 });

for (const [pace, make] of [["large", fast], ["small", slow]] as const) {
  Deno.test(`with ${pace} steps the histogram holds each v′/v since the last reset`, () => {
    using scene = counted(make());
    const { run } = scene;
    const ratios: number[] = [];
    const values: number[] = [];
    for (let step = 0; step < 5; step++) {
      const before = pathValues(run.weights());
      const after = pathValues(run.steps(1).weights());
      values.push(...before);
      ratios.push(...before.map((value, k) => after[k]! / value));
    }
    const found = ratioHistogram([...run.value("gsgd.window.above")]);
    assertEquals(found, histogramOf(ratios));
    assertEquals(found.reduce((sum, count) => sum + count), 20);
    assert(found.filter((count) => count > 0).length >= 3, found.join());
    const smallest = Math.min(...values.map(Math.abs));
    assert(Math.abs(run.value("gsgd.window.smallestPathValue")[0]! - smallest) < 1e-12);
    assertEquals(run.value("gsgd.window.clamped"), Float64Array.of(0)); // there is no clamp
  });
}

Deno.test("clamped ratios are counted, and lie at the bounds in the histogram", () => {
  const clamp = [0.9, 1.1] as const;
  using free = counted(fast());
  const before = pathValues(free.run.weights());
  const wanted = pathValues(free.run.steps(1).weights()).map((v, k) => v / before[k]!);
  const held = wanted.filter((ratio) => ratio < clamp[0] || ratio > clamp[1]).length;
  assert(held > 0 && held < 4, wanted.join());
  using scene = counted(fast(), { ratioClamp: clamp });
  scene.run.steps(1);
  assertEquals(scene.run.value("gsgd.window.clamped"), Float64Array.of(held));
  const found = ratioHistogram([...scene.run.value("gsgd.window.above")]);
  assertEquals(found[0], 0); // no sign has changed
  assertEquals(found.reduce((sum, count) => sum + count), 4);
});

Deno.test("resetRatios() sets the counters back to where they began", () => {
  using telemetry = gsgdTelemetry({ ratios: true });
  const ratios = telemetry.ratios!;
  const values = () =>
    [ratios.smallestPathValue, ratios.clamped, ratios.above].map((one) => [...one.hostValue()!]);
  const first = values();
  ratios.clamped.assign(Int32Array.of(7));
  resetRatios(ratios);
  assertEquals(values(), first);
});

Deno.test("training does not see what is counted, and without counters nothing more is launched", () => {
  const net = mlp([5, 8, 7, 4, 3], { seed: 2 });
  const launches = (ratios: boolean | undefined) => {
    using telemetry = gsgdTelemetry(ratios === undefined ? {} : { ratios });
    return lower(gsgd({ telemetry })(net.graph), limits, "step").plan.dispatches.length;
  };
  assertEquals(launches(false), launches(undefined));
  const more = launches(true) - launches(false);
  assert(more >= 0 && more <= 2, `${more} launches more`);
  const twin = fast();
  const uncounted = new TrainingRun(twin, gsgd()(twin.graph));
  using scene = counted(fast());
  assertEquals(scene.run.steps(3).weights(), uncounted.steps(3).weights());
});
