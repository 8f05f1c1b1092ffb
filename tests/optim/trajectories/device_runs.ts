import { compile, type Variable, variableOf } from "../../../autograd/mod.ts";
import { hostArray } from "../../../graph/host_array.ts";
import { type Backend, is, type Pass, topological, variable } from "../../../graph/mod.ts";
import type { TrainingNetwork } from "../gsgd/network.ts";
import { STEPS, type Weights } from "./enumerated_trajectory.ts";

/**
 * The weights after `STEPS` steps on a backend from each of some starts, with one compiled
 * step. The optimizer's state starts at 0 each time. Everything is on the host again at the end.
 */
export async function runFrom(
  backend: Backend,
  network: TrainingNetwork,
  pass: Pass,
  starts: readonly Weights[],
): Promise<Weights[]> {
  const { parameters, optimizer, updates } = network;
  const result: Weights[] = [];
  {
    using step = await compile({}, () => ({ updates }), { backend, passes: [pass] });
    for (const start of starts) {
      for (const item of optimizer.state().values()) item.assign(hostArray(item.type));
      for (const item of parameters) item.assign(Float32Array.from(start[item.name]!));
      for (let i = 0; i < STEPS; i++) step.run();
      const after: Record<string, Float64Array> = {};
      for (const item of parameters) after[item.name] = Float64Array.from(await item.data());
      result.push(after);
    }
  }
  for (const item of variablesOf(network)) await item.moveToHost();
  return result;
}

function variablesOf({ graph, optimizer }: TrainingNetwork): Set<Variable> {
  const nodes = topological([...graph.outputs, ...graph.updates.keys(), ...graph.updates.values()]);
  return new Set([
    ...nodes.filter((node) => is(node, variable)).map(variableOf),
    ...optimizer.state().values(),
  ]);
}
