import { assertEquals, assertStringIncludes } from "@std/assert";
import { attribution } from "../../cli/results/attribution.ts";

const arms = [
  { name: "sgd", initialWeights: "default" },
  { name: "sgd-skeleton", initialWeights: "default, skeleton 1" },
  { name: "gsgd", initialWeights: "default, skeleton 1" },
];

/** The last sentence for a run with these final results, in the order of `arms`. */
function said(trainLoss: readonly number[], testError: readonly (number | null)[]): string {
  const ends = arms.map(({ name }, i) => ({
    arm: name,
    trainLoss: trainLoss[i]!,
    testError: testError[i]!,
  }));
  return attribution(arms, ends).at(-1)!;
}

Deno.test("the difference between sgd and gsgd is split into initial weights and optimizer", () => {
  assertEquals(
    said([0.5564, 0.5, 0.4859], [0.2118, 0.1894, 0.1869]),
    "From sgd to gsgd, train loss changes by −0.0705: −0.0564 from the initial weights (sgd to " +
      "sgd-skeleton) and −0.0141 from the optimizer (sgd-skeleton to gsgd); test error changes by " +
      "−2.49 points: −2.24 points from the initial weights (sgd to sgd-skeleton) and −0.25 points " +
      "from the optimizer (sgd-skeleton to gsgd). One seed does not show whether a difference is " +
      "significant.",
  );
});

Deno.test("initial weights that increase the loss are reported as such", () => {
  const text = said([1, 9.61, 1.74], [0.1, 0.1, 0.1]);
  assertStringIncludes(text, "+0.7400: +8.6100 from the initial weights");
  assertStringIncludes(text, "−7.8700 from the optimizer");
  assertStringIncludes(text, "test error changes by 0.00 points");
});

Deno.test("missing numbers are not mentioned", () => {
  assertStringIncludes(said([NaN, 1, 1], [0.1, 0.2, 0.3]), "From sgd to gsgd, test error");
  assertEquals(said([NaN, 1, 1], [null, null, null]).includes("From sgd"), false);
  assertEquals(attribution(arms.slice(0, 2), []), []);
});

Deno.test("without sgd-skeleton, different initial weights are mentioned, and equal ones are not", () => {
  const [sgd, , gsgd] = arms as [typeof arms[0], typeof arms[0], typeof arms[0]];
  assertStringIncludes(attribution([sgd, gsgd], []).at(-1)!, "add sgd-skeleton");
  assertEquals(attribution([sgd, { ...gsgd, initialWeights: "default" }], []).length, 1);
  assertEquals(attribution([gsgd], []).length, 1);
});
