import {
  encodeOnnxModel,
  type OnnxModel,
  onnxModel,
  type OnnxValue,
  OPSET,
} from "../../onnx/mod.ts";
import { withoutNull } from "../settings/without_null.ts";
import { type DeployedModel, deployedModel, type Exported, inputRule } from "./deployed.ts";
import type { ExportFlags } from "./flags.ts";
import type { LoadedModel } from "./source.ts";

/** Exports a model as an ONNX file. */
export async function toOnnx(loaded: LoadedModel, flags: ExportFlags): Promise<Exported> {
  const deployed = deployedModel(loaded, flags);
  const { sampleShape, dtype, output } = deployed;
  const onnx = await onnxModel({ forward: deployed.forward }, {
    ...{ sampleShape, dtype, output },
    name: loaded.name,
    metadata: metadataOf(loaded, deployed),
    ...withoutNull({ batch: flags.batch }),
  });
  return { bytes: encodeOnnxModel(onnx), summary: summaryOf(onnx) };
}

/** Metadata for users of the file. */
function metadataOf(
  { name, samples, classNames, normalization }: LoadedModel,
  deployed: DeployedModel,
): ReadonlyMap<string, string> {
  const about: [string, string][] = [
    ["model", name],
    ["dataset", samples.name],
    ...(classNames.length > 0
      ? [["classNames", JSON.stringify(classNames)] as [string, string]]
      : []),
  ];
  if (!normalization) return new Map(about);
  return new Map([
    ...about,
    ["input", inputRule(deployed)],
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
