/** Export of a batch normalization whose number of channels is the batch size. */
import { assertEquals } from "@std/assert";
import { Tensor, Variable } from "../../autograd/mod.ts";
import { add, broadcastTo, full, normalize, pow, sqrt } from "../../graph/mod.ts";
import { decodeOnnxModel, exportOnnx, importOnnx } from "../../onnx/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { assertNear, floats } from "./round_trip.ts";
import { runOnnx } from "./runtime.ts";

/** x [batch, 4] as channels [4, batch], which are normalized. */
function forward(x: Tensor): Tensor {
  const [mean, variance] = [x.mean(1), x.square().mean(1)];
  const each = (value: number) => broadcastTo(full(value, []), variance.shape);
  const scale = pow(sqrt(add(variance.node, each(1e-5))), each(-1));
  return new Tensor(normalize(x.permute([1, 0]).node, mean.node, scale));
}

cpuTest("a file for any number of channels has no constants of one number", async (backend) => {
  const fixed = await exportOnnx({ forward }, { sampleShape: [4], batch: 3 });
  assertEquals(decodeOnnxModel(fixed).nodes.at(-1)?.op, "BatchNormalization");
  const free = await exportOnnx({ forward }, { sampleShape: [4] });
  for (const [file, counts] of [[fixed, [3]], [free, [1, 3, 8]]] as const) {
    using copy = importOnnx(file);
    for (const count of counts) {
      const [shape, data] = [[count, 4], floats([count, 4], count)];
      using x = new Variable("x", { dtype: "f32", shape }, () => data);
      const trip = {
        results: { output: forward(x) },
        copies: copy.run({ input: x }),
        found: { output: await runOnnx(file, { shape, data }) },
      };
      await assertNear(trip, backend);
    }
  }
});
