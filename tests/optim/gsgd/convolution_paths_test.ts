import { assert, assertEquals } from "@std/assert";
import { planGsgd } from "../../../optim/gsgd/mod.ts";
import { distanceFromEnumerated } from "./checks.ts";
import { integerInverse, rankModuloPrime } from "./enumerated_paths.ts";
import { convolutionPatterns as cases } from "./layered_patterns.ts";

Deno.test("with parallel edges there are m − H independent basis paths, exactly", () => {
  for (const item of cases) {
    const { net } = item;
    const rank = rankModuloPrime(net.structure(net.paths));
    assertEquals(rank, net.edges.length - net.units, item.name);
    assertEquals(net.basis.length, rank, item.name);
    integerInverse(net.coordinateMatrix()); // throws unless the determinant is ±1
  }
});

Deno.test("convolutions have the skeleton that is enumerated", () => {
  for (const item of cases) {
    const { net } = item;
    const { report } = planGsgd(item.network().graph);
    assertEquals(report.edges, net.edges.length);
    assertEquals(report.nodes, net.free.length);
    assertEquals(report.trained, net.trained.length);
  }
});

for (const unitSkeleton of [true, false]) {
  const what = unitSkeleton ? "skeleton weights of 1" : "skeleton weights of both signs";
  Deno.test(`through convolutions a step is what Eq. 3 and Eq. 6 say, with ${what}`, () => {
    for (const item of cases) {
      const { apart, residual } = distanceFromEnumerated(item.network(), item.net, {
        unitSkeleton,
      });
      assert(residual < 1e-11, `${item.name}: Eq. 3 is inconsistent by ${residual}`);
      assert(apart < 1e-10, `${item.name}: ${apart}`);
    }
  });
}
