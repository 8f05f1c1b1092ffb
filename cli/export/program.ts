import { exportProgram } from "../../autograd/mod.ts";
import { formatType, type TensorType } from "../../graph/mod.ts";
import { deployedModel, type Exported, inputRule } from "./deployed.ts";
import type { ExportFlags } from "./flags.ts";
import type { LoadedModel } from "./source.ts";

/** Compiles a model ahead of time, for `loadProgram` on any backend. */
export async function toProgram(loaded: LoadedModel, flags: ExportFlags): Promise<Exported> {
  const deployed = deployedModel(loaded, flags);
  const { dtype, sampleShape, output } = deployed;
  const batch = flags.batch ?? 1;
  const type: TensorType = { dtype, shape: [batch, ...sampleShape] };
  const bytes = await exportProgram({ input: type }, ({ input }) => ({
    outputs: { [output]: deployed.forward(input) },
  }), { label: loaded.name });
  return {
    bytes,
    summary: [
      `program: input ${formatType(type)} → ${output} ${
        formatType({ dtype: "f32", shape: [batch, loaded.samples.classes] })
      }`,
      ...(loaded.normalization === undefined ? [] : [`input: ${inputRule(deployed)}`]),
      "loadProgram() of @gspace/gspace/program runs it",
    ],
  };
}
