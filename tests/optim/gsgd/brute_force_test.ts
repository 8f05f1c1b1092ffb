import { assert, assertEquals } from "@std/assert";
import { distanceFromBruteForce } from "./checks.ts";
import { EnumeratedNetwork, integerInverse, rankModuloPrime } from "./enumerated_paths.ts";
import { mlp } from "./network.ts";
import { edgeValues, relativeDifference, TrainingRun } from "./training_run.ts";

/** Equal, growing, shrinking and mixed widths; spec §2.2 checks the same patterns. */
const patterns: readonly (readonly number[])[] = [
  [3, 4],
  [3, 2, 2],
  [2, 5, 3],
  [4, 4, 4, 4],
  [4, 2, 3, 5, 2],
  [5, 4, 3, 2],
  [2, 3, 4, 5],
  [3, 4, 6, 5, 3],
  [2, 5, 2, 5, 3],
  [5, 3, 6, 2, 4, 3],
  [4, 5, 1, 3, 2],
  [1, 2, 1, 2, 1],
  [3, 3, 3, 3, 3, 2],
  [2, 4, 2, 4, 2, 4],
];
const cases = patterns.flatMap((widths) => [false, true].map((bias) => ({ widths, bias })));
const nameOf = ({ widths, bias }: typeof cases[number]) =>
  `${widths.join("-")}${bias ? " with biases" : ""}`;

Deno.test("the basis paths are m − H independent ones: rank and determinant, exactly", () => {
  for (const item of cases) {
    const net = new EnumeratedNetwork(item.widths, item.bias);
    const [m, h] = [net.edges.length, net.units];
    const matrix = net.structure(net.paths);
    for (const direction of net.gaugeDirections()) {
      const products = net.paths.map((_, p) =>
        direction.reduce((sum, t, e) => sum + t * matrix[e]![p]!, 0)
      );
      assert(products.every((product) => product === 0), nameOf(item)); // so rank(A) ≤ m − H
    }
    assertEquals(rankModuloPrime(matrix), m - h, nameOf(item));
    assertEquals(net.free.length, h, nameOf(item));
    assertEquals(net.basis.length, m - h, nameOf(item));
    integerInverse(net.coordinateMatrix()); // throws unless the determinant is ±1
  }
});

Deno.test("path values and free weights determine the weights: Eq. 6 inverts", () => {
  for (const item of cases) {
    const net = new EnumeratedNetwork(item.widths, item.bias);
    const weights = edgeValues(net, new TrainingRun(mlp(item.widths, item)).weights());
    const again = net.weightsOf(net.pathValues(weights), weights);
    const apart = relativeDifference({ w: again }, { w: weights });
    assert(apart < 1e-11, `${nameOf(item)}: ${apart}`);
  }
});

for (const unitSkeleton of [true, false]) {
  const what = unitSkeleton ? "skeleton weights of 1" : "skeleton weights of both signs";
  Deno.test(`a step is what Eq. 3 and Eq. 6 say, with ${what}`, () => {
    for (const item of cases) {
      const { bias } = item;
      const { apart, residual } = distanceFromBruteForce(item.widths, { bias, unitSkeleton });
      assert(residual < 1e-11, `${nameOf(item)}: Eq. 3 is inconsistent by ${residual}`);
      assert(apart < 1e-10, `${nameOf(item)}: ${apart}`);
    }
  });
}
