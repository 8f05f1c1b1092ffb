import * as gs from "../../../mod.ts";
import { gpuTest } from "../../gpu/_adapter.ts";
import { accumulated, assertTwins, oneStep } from "./twins.ts";

const transform = () =>
  gs.chain(
    gs.clipByGlobalNorm(0.1),
    gs.parameterGroups([
      {
        parameters: ({ name }) => name === "2.weight",
        transform: gs.sgd({ learningRate: 0.02, momentum: 0.9 }),
      },
      { parameters: "rest", transform: gs.sgd({ learningRate: 0.1 }) },
    ]),
  );

gpuTest("gpu: twins with accumulated gradients and groups stay equal", async (backend) => {
  await assertTwins(backend, (twin) => accumulated(twin, transform(), [3, 3, 2]));
});

gpuTest("gpu: twins with changed gradients of two losses stay equal", async (backend) => {
  await assertTwins(backend, (twin) =>
    oneStep(twin, transform(), ({ optimizer, model, x, y }) => {
      const logits = model.forward(x);
      const [first, second] = [gs.crossEntropy(logits, y), logits.square().mean()]
        .map((loss) => gs.gradientsOf(loss, optimizer.parameters));
      return optimizer.apply(first!.map((g, i) => g.clamp(-0.1, 0.1).add(second![i]!)));
    }));
});
