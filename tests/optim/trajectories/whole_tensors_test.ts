/** Optimizers whose steps are not a function of each element alone, or not a continuous one. */
import { assert } from "@std/assert";
import { type Backend, labelOf } from "../../../graph/mod.ts";
import { planGsgd } from "../../../optim/gsgd/mod.ts";
import { type GradientTransform, lamb, lion, muon } from "../../../optim/mod.ts";
import { checkedCpuTest, cpuTest } from "../../cpu/_backend.ts";
import { gpuTest } from "../../gpu/_adapter.ts";
import { mlp } from "../gsgd/network.ts";
import { relativeDifference } from "../gsgd/training_run.ts";
import { runFrom } from "./device_runs.ts";
import type { Weights } from "./enumerated_trajectory.ts";
import { assertTwins, powersOfTwo, rescaled } from "./twins.ts";

const cases: readonly (readonly [string, () => GradientTransform, bias: boolean])[] = [
  ["Lion", () => lion({ learningRate: 0.01 }), true],
  ["Lion with weight decay", () => lion({ learningRate: 0.01, weightDecay: 0.1 }), true],
  ["LAMB", () => lamb({ learningRate: 0.01 }), true],
  ["LAMB with more weight decay", () => lamb({ learningRate: 0.01, weightDecay: 0.5 }), true],
  ["Muon", () => muon({ learningRate: 0.02 }), false],
  ["Muon of plain momentum", () => muon({ learningRate: 0.02, nesterov: false }), false],
];

/** Widths that rise and fall, so that there are free, trained, and plain weights. */
const widths: readonly (readonly number[])[] = [[3, 4, 6, 5, 3], [5, 3, 6, 2, 4, 3]];

async function check(backend: Backend, make: () => GradientTransform, bias: boolean) {
  for (const sizes of widths) {
    using network = mlp(sizes, { bias, damped: true, transform: make() });
    const plan = planGsgd(network.graph);
    assert(plan.report.nodes > 0);
    const start: Weights = Object.fromEntries(
      network.parameters.map(({ node }) => [labelOf(node), network.bindings.get(node)!]),
    );
    const factors = powersOfTwo(plan);
    const starts = [start, rescaled(plan, start, factors)];
    const [one, twin] = await runFrom(backend, network, plan.apply, starts);
    assert(relativeDifference(one!, start) > 1e-4, "it does not move");
    assertTwins(plan, [one!, twin!], factors, sizes.join("-"));
  }
}

for (const [name, make, bias] of cases) {
  const title = `networks that compute the same function stay twins under G-SGD with ${name}`;
  for (const threads of [1, 2, 4]) {
    cpuTest(`cpu, ${threads} threads: ${title}`, (cpu) => check(cpu, make, bias), { threads });
  }
  checkedCpuTest(title, (cpu) => check(cpu, make, bias));
  gpuTest(`gpu: ${title}`, (gpu) => check(gpu, make, bias));
}
