import { assert } from "@std/assert";
import { planGsgd } from "../../../optim/gsgd/mod.ts";
import { relativeDifference, TrainingRun } from "../gsgd/training_run.ts";
import { enumeratedTrajectory, STEPS } from "./enumerated_trajectory.ts";
import { optimizerCases } from "./optimizer_rules.ts";
import { patternsFor } from "./patterns.ts";

/** Adam and RMSprop divide by gradients, which cancel down to 1e-16: they enlarge what is left. */
const tolerance = (name: string) => /Adam|RMS/.test(name) ? 1e-7 : 1e-10;

// No lowering yet: the rewritten graph itself, in float64, against enumerated paths.
for (const optimizer of optimizerCases) {
  Deno.test(`five steps of the rewritten graph are those of enumerated paths: ${optimizer.name}`, () => {
    for (const pattern of patternsFor(optimizer)) {
      const { network, start, expected } = enumeratedTrajectory(pattern, optimizer);
      const step = planGsgd(network.graph, optimizer.options).apply(network.graph);
      const weights = new TrainingRun(network, step, start).steps(STEPS).weights();
      const apart = relativeDifference(weights, expected);
      assert(apart < tolerance(optimizer.name), `${pattern.name}: ${apart}`);
      assert(relativeDifference(weights, start) > 1e-4, `${pattern.name} does not move`);
    }
  });
}
