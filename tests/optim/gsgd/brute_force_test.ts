import { assert, assertEquals } from "@std/assert";
import { distanceFromEnumerated } from "./checks.ts";
import { integerInverse, rankModuloPrime } from "./enumerated_paths.ts";
import { mlpPatterns as cases } from "./layered_patterns.ts";
import { edgeValues, relativeDifference, TrainingRun } from "./training_run.ts";

Deno.test("the basis paths are m − H independent ones: rank and determinant, exactly", () => {
  for (const item of cases) {
    const { net } = item;
    const [m, h] = [net.edges.length, net.units];
    const matrix = net.structure(net.paths);
    for (const direction of net.gaugeDirections()) {
      const products = net.paths.map((_, p) =>
        direction.reduce((sum, t, e) => sum + t * matrix[e]![p]!, 0)
      );
      assert(products.every((product) => product === 0), item.name); // so rank(A) ≤ m − H
    }
    assertEquals(rankModuloPrime(matrix), m - h, item.name);
    assertEquals(net.free.length, h, item.name);
    assertEquals(net.basis.length, m - h, item.name);
    integerInverse(net.coordinateMatrix()); // throws unless the determinant is ±1
  }
});

Deno.test("path values and free weights determine the weights: Eq. 6 inverts", () => {
  for (const item of cases) {
    const { net } = item;
    const weights = edgeValues(net, new TrainingRun(item.network()).weights());
    const again = net.weightsOf(net.pathValues(weights), weights);
    const apart = relativeDifference({ w: again }, { w: weights });
    assert(apart < 1e-11, `${item.name}: ${apart}`);
  }
});

for (const unitSkeleton of [true, false]) {
  const what = unitSkeleton ? "skeleton weights of 1" : "skeleton weights of both signs";
  Deno.test(`a step is what Eq. 3 and Eq. 6 say, with ${what}`, () => {
    for (const item of cases) {
      const { apart, residual } = distanceFromEnumerated(item.network(), item.net, {
        unitSkeleton,
      });
      assert(residual < 1e-11, `${item.name}: Eq. 3 is inconsistent by ${residual}`);
      assert(apart < 1e-10, `${item.name}: ${apart}`);
    }
  });
}
