import { assertAlmostEquals, assertEquals } from "@std/assert";
import { convInputs, plainNetLayers } from "../../bench/conv_inputs.ts";
import { disagreement, referenceOf, tolerated } from "../../bench/peers/references.ts";
import { conv3x3 } from "../../bench/op_cases.ts";
import { prepareOp } from "../../bench/job.ts";
import { probed } from "../../bench/peers/protocol.ts";
import { initialize, openBackend, PlainNet } from "../../mod.ts";

const shape = { n: 2, inputs: 3, outputs: 4, size: 6 };

Deno.test("the reference of a convolution and its derivatives matches Gspace", async () => {
  using backend = await openBackend("cpu");
  for (const backward of [false, true]) {
    const expected = referenceOf({ kind: "conv", ...shape, backward }) ?? [];
    assertEquals(expected.length, backward ? 129 : 64);
    using job = await prepareOp(
      conv3x3(shape, backward ? "forward+backward" : "forward"),
      backend,
    );
    const results = await Promise.all(job.results.map((result) => result.data()));
    const check = results.flatMap((data) => data.length === 1 ? [...data] : probed(data));
    assertEquals(disagreement(check, expected), undefined);
    for (const i of check.keys()) {
      const wrong = check.map((value, k) => k === i ? value + 0.05 : value);
      assertEquals(disagreement(wrong, expected)?.startsWith(`result ${i} `), true);
    }
  }
});

Deno.test("the loss of a convolution is the sum of its result times g", () => {
  const [loss] = referenceOf({ kind: "conv", ...shape, n: 1, size: 1, backward: true }) ?? [];
  const { x, w, g } = convInputs({ ...shape, n: 1, size: 1 });
  let expected = 0;
  for (let o = 0; o < shape.outputs; o++) {
    for (let c = 0; c < shape.inputs; c++) {
      // an image of one pixel meets the middle of each window only
      expected += (g[o] ?? NaN) * (x[c] ?? NaN) * (w[(o * shape.inputs + c) * 9 + 4] ?? NaN);
    }
  }
  assertAlmostEquals(loss?.value ?? NaN, expected, 1e-12);
});

Deno.test("losses are compared by relative error, with a larger tolerance for plain networks", () => {
  const network = { kind: "plainNet", depth: 20, batch: 32, shortcuts: false } as const;
  assertEquals(
    disagreement([2.001, NaN], tolerated([2, 1], network)),
    "result 1 is NaN, expected 1",
  );
  const layers = { kind: "training", widths: [2, 1], batch: 1 } as const;
  assertEquals(disagreement([2.001], tolerated([2], layers)), "result 0 is 2.001, expected 2");
  assertEquals(disagreement([2], tolerated([2, 1], layers)), "gave 1 values");
});

Deno.test("the benchmark's plain network has the layers of PlainNet", () => {
  const names = plainNetLayers(20).flatMap(({ conv, norm }) => [
    `${conv}.weight`,
    `${norm}.weight`,
    `${norm}.bias`,
  ]);
  const parameters = [...initialize(new PlainNet(20), { seed: 1 }).namedParameters().keys()];
  assertEquals(
    parameters.filter((name) => !name.startsWith("fc.")).toSorted(),
    names.toSorted(),
  );
});
