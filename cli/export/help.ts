import { flagHelp } from "../flags/help.ts";
import { exportFlagGroups } from "./flags.ts";

/** What `export --help` prints. */
export function exportHelp(): string {
  return `${intro}\n${flagHelp(exportFlagGroups)}\n${examples}`;
}

const intro =
  `Writes a trained model as an ONNX file (opset 17), which onnxruntime and most other frameworks
can run, or only its weights as a file for NumPy.

  deno task export --run FOLDER [flags]
  deno task export --model NAME --weights FILE [flags]

The ONNX model takes any number of samples as "input" and returns "logits". It is the model in
evaluation mode: batch normalization uses the running statistics, and there is no dropout. Weights
keep their names.
`;

const examples = `Examples
  deno task export --run runs/2026-01-31T12-00-00-mlp-49-32-32-10 --optimizer gsgd
  deno task export --run result --best --raw-input --softmax --out digits.onnx
  deno task export --model resnet-34 --weights resnet34.safetensors --sample 3x32x32 --classes 1000
  deno task export --run result --format npz --compress --out weights.npz

Exit codes: 0 done, 1 failed, 2 invalid flags.`;
