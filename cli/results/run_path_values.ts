import { toFloat32 } from "../../checkpoint/mod.ts";
import { pathValues } from "../../optim/mod.ts";
import { readTensors } from "../checkpoints/tensor_files.ts";
import type { Config } from "../settings/config.ts";
import { pathSpaceOf } from "../training/path_space.ts";
import { untrained } from "../training/untrained.ts";

/**
 * Computes the path values of the weights in the `model.safetensors` of an arm, by parameter name.
 * Two runs from rescaled starts have equal path values if their optimizer is invariant to
 * rescaling [Meng 2019, Theorem 4.1].
 *
 * @param config the run's settings, which determine its model and scale nodes
 */
export async function pathValuesOfFile(
  config: Config,
  path: string,
): Promise<Map<string, Float64Array>> {
  const { runner } = await untrained(config);
  const { tensors } = await readTensors(path);
  const weights = new Map([...tensors].map(([name, tensor]) => [name, toFloat32(tensor)]));
  return pathValues(pathSpaceOf(runner, config).plan, weights);
}
