import { section } from "../settings/help.ts";
import { exportFlagGroups } from "./flags.ts";

/** What `export --help` prints. */
export function exportHelp(columns = 100): string {
  const groups = exportFlagGroups.map(({ title, flags }) =>
    section(
      title,
      flags.map(({ name, value, help }) => {
        const short = name === "help" ? "-h, " : "";
        return [`${short}--${name}${value === undefined ? "" : ` ${value}`}`, help] as const;
      }),
      columns,
    )
  );
  return `${intro}\n${groups.join("\n")}\n${examples}`;
}

const intro =
  `Writes a trained model as an ONNX file (opset 17), which onnxruntime and most other frameworks
run, or its weights alone as a file for NumPy.

  deno task export --run FOLDER [flags]
  deno task export --model NAME --weights FILE [flags]

The ONNX file takes any number of samples under the name "input" and gives "logits". It is the
model as it is used: batch normalisation by the running statistics, no dropout. Weights keep their
names.
`;

const examples = `Examples
  deno task export --run runs/2026-01-31T12-00-00-mlp-49-32-32-10 --optimizer gsgd
  deno task export --run result --best --raw-input --softmax --out digits.onnx
  deno task export --model resnet-34 --weights resnet34.safetensors --sample 3x32x32 --classes 1000
  deno task export --run result --format npz --compress --out weights.npz

Exit codes: 0 done, 1 failed, 2 wrong flags.`;
