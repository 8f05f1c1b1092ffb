import { assertEquals } from "@std/assert";
import type { Pass } from "../../../graph/mod.ts";
import { gsgd, sgd } from "../../../optim/mod.ts";
import { distanceFromBruteForce, isInvariant, keepsFree } from "./checks.ts";
import { EnumeratedNetwork } from "./enumerated_paths.ts";
import { type Caught, mutants } from "./mutants.ts";
import { mlp } from "./network.ts";
import { stepOf } from "./step_parts.ts";

const widths = [4, 5, 6, 6, 4, 3];
const net = new EnumeratedNetwork(widths, true);
const network = mlp(widths, { bias: true, transform: sgd({ learningRate: 1e-4 }), seed: 5 });

/** Which of the checks see something wrong. */
function examine(pass: Pass): Caught {
  const graph = pass(network.graph);
  const differs = (unitSkeleton: boolean) =>
    distanceFromBruteForce(widths, { bias: true, unitSkeleton, pass }).apart > 1e-8;
  return {
    invariance: !isInvariant(network, graph, net, 5),
    freeFixed: !keepsFree(network, graph, net, 5),
    unitSkeleton: differs(true),
    otherSkeleton: differs(false),
  };
}

Deno.test("no check catches the right implementation", () => {
  assertEquals(examine(gsgd()), {
    invariance: false,
    freeFixed: false,
    unitSkeleton: false,
    otherSkeleton: false,
  });
});

for (const { name, parts, caught } of mutants) {
  const by = Object.entries(caught).filter(([, is]) => is).map(([check]) => check).join(", ");
  Deno.test(`a wrong implementation is caught by ${by}: ${name}`, () => {
    assertEquals(examine(stepOf(parts)), caught);
  });
}
