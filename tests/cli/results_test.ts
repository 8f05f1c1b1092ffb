import { assertEquals, assertStringIncludes } from "@std/assert";
import { plain } from "../../cli/styled.ts";
import { planLines, resultTable } from "../../cli/results/results.ts";

Deno.test("optimizers with equal steps share a line", () => {
  const small = { dispatches: 12, temporaryBytes: 2 ** 20 };
  const large = { dispatches: 21, temporaryBytes: 2 ** 27, keptBytes: 2 ** 26 };
  const ends = [
    { arm: "sgd", plan: small },
    { arm: "gsgd", plan: large },
    { arm: "sgd-skeleton", plan: { ...small } },
    { arm: "adam", plan: small },
    { arm: "resumed when it was done" },
  ];
  assertEquals(planLines(ends), [
    "A step of sgd, sgd-skeleton, and adam: 12 dispatches. Temporary memory per step: 1.00 MiB.",
    "A step of gsgd: 21 dispatches. Temporary memory per step: 128 MiB (2.00x what backward reads).",
  ]);
});

Deno.test("a loss that is not finite is a dash in the table", () => {
  const end = {
    ...{ kind: "end", arm: "sgd", epoch: 1, step: 1, seconds: 61, imagesPerSecond: 1000 },
    ...JSON.parse('{"trainLoss":null,"trainError":1,"testLoss":null,"testError":0.9}'),
  };
  const table = plain(resultTable([{ name: "sgd", initialWeights: "default" }], [end]));
  assertStringIncludes(table.replaceAll(/ +/g, " "), "sgd default – 90.00 % 1:01 1,000");
});
