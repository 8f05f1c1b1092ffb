import type { Normalization } from "../../datasets/mod.ts";
import type { Tensor } from "../../autograd/mod.ts";
import {
  encodeOnnxModel,
  type OnnxModel,
  onnxModel,
  type OnnxValue,
  OPSET,
} from "../../onnx/mod.ts";
import { normalize } from "../../train/normalize.ts";
import { UsageError } from "../errors.ts";
import { withoutNull } from "../settings/without_null.ts";
import type { ExportFlags } from "./flags.ts";
import type { LoadedModel } from "./source.ts";

/** An exported file, and lines that describe it. */
export interface Exported {
  readonly bytes: Uint8Array;
  readonly summary: readonly string[];
}

/** Exports a model as an ONNX file. */
export async function toOnnx(loaded: LoadedModel, flags: ExportFlags): Promise<Exported> {
  const { name, model, shape, samples, normalization } = loaded;
  const raw = flags.rawInput;
  if (raw && normalization === undefined) {
    throw new UsageError(
      `Cannot use --raw-input with ${samples.name}: its features have no known normalization`,
    );
  }
  const { softmax, layout } = flags;
  const isLast = layout === "nhwc";
  if (isLast && shape.length !== 3) {
    throw new UsageError(
      `Cannot use --layout nhwc with ${name}: it takes no images [channels, height, width]: current ` +
        `samples are [${shape.join(", ")}]`,
    );
  }
  const forward = (input: Tensor): Tensor => {
    const x = isLast ? input.permute(0, 3, 1, 2) : input;
    const features = raw && normalization ? normalize(x.cast("f32"), shape, normalization) : x;
    const logits = model.forward(features);
    return softmax ? logits.softmax() : logits;
  };
  const { batch } = flags;
  const onnx = await onnxModel({ forward }, {
    sampleShape: isLast ? [...shape.slice(1), shape[0]!] : shape,
    dtype: raw && normalization && isOfBytes(normalization) ? "u8" : "f32",
    output: softmax ? "probabilities" : "logits",
    name,
    metadata: metadataOf(loaded, raw),
    ...withoutNull({ batch }),
  });
  return { bytes: encodeOnnxModel(onnx), summary: summaryOf(onnx) };
}

/** Whether raw samples are bytes. Only integers from 0 to 255 are scaled. */
function isOfBytes({ scale }: Normalization): boolean {
  return scale < 1 && 1 / scale <= 255;
}

/** Metadata for users of the file. */
function metadataOf(
  { name, samples, classNames, normalization }: LoadedModel,
  raw: boolean,
): ReadonlyMap<string, string> {
  const about: [string, string][] = [
    ["model", name],
    ["dataset", samples.name],
    ...(classNames.length > 0
      ? [["classNames", JSON.stringify(classNames)] as [string, string]]
      : []),
  ];
  if (!normalization) return new Map(about);
  const rule = raw ? "raw numbers" : "(raw * scale - mean) / std, by channel";
  return new Map([
    ...about,
    ["input", rule],
    ...Object.entries(normalization).map(([key, value]) =>
      [key, JSON.stringify(value)] as [string, string]
    ),
  ]);
}

function summaryOf({ nodes, initializers, inputs, outputs, metadata }: OnnxModel): string[] {
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const operators = [...counts].map(([op, count]) => `${count} ${op}`).join(", ");
  const value = ({ name, dtype, shape }: OnnxValue) => `${name} ${dtype}[${shape.join(", ")}]`;
  const input = metadata.get("input");
  return [
    `opset ${OPSET}: ${inputs.map(value).join()} → ${outputs.map(value).join()}`,
    `${operators}; ${initializers.length} weights and constants`,
    ...(input === undefined ? [] : [`input: ${input}`]),
  ];
}
