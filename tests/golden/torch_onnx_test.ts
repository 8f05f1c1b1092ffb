import { assert } from "@std/assert";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { checkOutputs, checkTraining, imported, onnxCases } from "./torch_onnx.ts";

/** Software adapters compile slowly: tests/slow/ has the other models. */
const onGpu: readonly string[] = ["yolo", "bert_17", "gpt2_13"];

for (const onnxCase of onnxCases) {
  const { name, losses } = onnxCase;
  cpuTest(
    `cpu: ${name}.onnx gives PyTorch's outputs, for any batch`,
    (cpu) => checkOutputs(onnxCase, cpu),
  );
  if (losses.length === 0) continue;
  cpuTest(`cpu: ${name}.onnx trains with PyTorch's losses`, (cpu) => checkTraining(onnxCase, cpu));
  if (!onGpu.includes(name)) continue;
  gpuTest(`gpu: ${name}.onnx trains with PyTorch's losses`, (gpu) => checkTraining(onnxCase, gpu));
}

Deno.test("parameters of an imported ResNet have the names of torchvision", () => {
  using model = imported("resnet");
  const names = [...model.state().keys()];
  for (
    const name of ["conv1.weight", "bn1.running_var", "layer2.0.downsample.0.weight", "fc.bias"]
  ) {
    assert(names.includes(name), name);
  }
  assert(!model.namedParameters().has("bn1.running_var"));
});
