import type { HostArray, TensorType } from "../graph/mod.ts";
import { fromTyped } from "./convert.ts";
import type { TensorData } from "./tensor_data.ts";

/** A variable whose value can be read. */
export interface ReadableVariable {
  /** Its element type and shape. */
  readonly type: TensorType;
  /** Its value, copied to the host. */
  data(): Promise<HostArray>;
}

/**
 * Reads the values of a model, an optimizer, or anything else with state, by name, for
 * `loadStateDict` and `encodeSafetensors`.
 *
 * @example Save and load a model
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as gs from "@gspace/gspace";
 *
 * const make = (seed: number) => gs.initialize(new gs.Sequential([new gs.Linear(2, 3)]), { seed });
 * const [model, other] = [make(1), make(2)];
 * const file = gs.encodeSafetensors(await gs.stateDict(model));
 * // await gs.writeFileAtomic("model.safetensors", file);
 * gs.loadStateDict(other, gs.decodeSafetensors(file).tensors);
 * assertEquals(await gs.stateDict(other), await gs.stateDict(model));
 * ```
 */
export async function stateDict(
  model: { state(): ReadonlyMap<string, ReadableVariable> },
): Promise<Map<string, TensorData>> {
  const entries = [...model.state()].map(async ([name, variable]) =>
    [name, fromTyped(await variable.data(), variable.type.shape)] as const
  );
  return new Map(await Promise.all(entries));
}
