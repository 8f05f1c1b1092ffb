import { gpuTest } from "../gpu/_adapter.ts";
import { checkOutputs, checkTraining, onnxCases } from "../golden/torch_onnx.ts";

for (const onnxCase of onnxCases) {
  const { name, losses } = onnxCase;
  gpuTest(
    `gpu: ${name}.onnx gives PyTorch's outputs, for any batch`,
    (gpu) => checkOutputs(onnxCase, gpu),
  );
  if (losses.length === 0) continue;
  gpuTest(`gpu: ${name}.onnx trains with PyTorch's losses`, (gpu) => checkTraining(onnxCase, gpu));
}
