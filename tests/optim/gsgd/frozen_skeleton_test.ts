import { assert, assertEquals, assertThrows } from "@std/assert";
import { GraphError, verify } from "../../../graph/mod.ts";
import { frozenSkeleton } from "../../../optim/gsgd/mod.ts";
import { sgd } from "../../../optim/mod.ts";
import { keepsFree } from "./checks.ts";
import { EnumeratedNetwork } from "./enumerated_paths.ts";
import { mlp, network } from "./network.ts";
import { edgeValues, TrainingRun } from "./training_run.ts";

const widths = [4, 5, 6, 6, 4, 3];
const net = new EnumeratedNetwork(widths, true);

Deno.test("a frozen skeleton keeps the free weights, and moves all others as SGD does", () => {
  const transform = sgd({ learningRate: 0.01, momentum: 0.9, weightDecay: 0.1 });
  const network = mlp(widths, { bias: true, transform });
  const frozen = frozenSkeleton()(network.graph);
  verify(frozen);
  assert(keepsFree(network, frozen, net, 5));
  assert(!keepsFree(network, network.graph, net, 1));
  const [a, b] = [frozen, network.graph].map((graph) =>
    edgeValues(net, new TrainingRun(network, graph).steps(1).weights())
  );
  const free = new Set(net.free);
  a!.forEach((w, e) => assert(free.has(e) || w === b![e]));
  assertEquals([...frozen.updates.keys()], [...network.graph.updates.keys()]);
});

Deno.test("a frozen skeleton without a skeleton is refused", () => {
  const { graph } = network(4, (x, net) => net.linear(x, 3, "W"));
  assertThrows(() => frozenSkeleton()(graph), GraphError, "Cannot apply frozenSkeleton");
});
