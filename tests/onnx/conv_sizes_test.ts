/** Export of convolutions of images whose size depends on the batch size. */
import { assertRejects } from "@std/assert";
import { conv2d, grad, type Tensor, tensor, Variable } from "../../autograd/mod.ts";
import { exportOnnx, importOnnx, OnnxError } from "../../onnx/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { assertRoundTrip, floats } from "./round_trip.ts";
import { runOnnx } from "./runtime.ts";

const weight = tensor(floats([2, 4, 3, 3], 1), [2, 4, 3, 3]);
const bias = tensor(floats([2], 2), [2]);
const options = { stride: [8, 1], padding: 1 } as const;

/** x [batch, 4, 3] as one image [1, 4, batch, 3]. */
const imageOf = (x: Tensor) => x.permute([1, 0, 2]).unsqueeze(0);

/**
 * Batches of 2, 3, and 5 samples have one row of results, and 9 have two. Only the first of these
 * does not depend on the padding after the image.
 */
const convolutions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "a convolution": (x) => conv2d(imageOf(x), weight, options),
  "a convolution with a bias": (x) =>
    conv2d(imageOf(x), weight, options).add(bias.reshape([2, 1, 1])),
  "the gradient of a convolution": (x) =>
    grad((x) => conv2d(imageOf(x), weight, options).square().sum())(x)[0]!,
};

for (const [name, forward] of Object.entries(convolutions)) {
  cpuTest(
    `${name} of images whose height is the batch size is exported for a fixed one only`,
    async (backend) => {
      await assertRejects(
        () => exportOnnx({ forward }, { sampleShape: [4, 3] }),
        OnnxError,
        "the height and width of its images must not depend on the batch size",
      );
      for (const count of [2, 9]) {
        const file = await exportOnnx({ forward }, { sampleShape: [4, 3], batch: count });
        using copy = importOnnx(file);
        const [shape, data] = [[count, 4, 3], floats([count, 4, 3], count)];
        using x = new Variable("x", { dtype: "f32", shape }, () => data);
        const trip = {
          results: { output: forward(x) },
          copies: copy.run({ input: x }),
          found: { output: await runOnnx(file, { shape, data }) },
        };
        await assertRoundTrip(trip, backend);
      }
    },
  );
}
