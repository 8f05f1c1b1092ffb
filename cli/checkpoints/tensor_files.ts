import { readVariables, type Variable } from "../../autograd/mod.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  fromTyped,
  readFileChecked,
  type SafetensorsFile,
  type TensorData,
  toFloat32,
  toInt32,
  writeFileAtomic,
} from "../../checkpoint/mod.ts";
import { formatType, type HostArray } from "../../graph/mod.ts";
import { CommandError } from "../errors.ts";

/** Values of variables on the host, by name. */
export type Snapshot = ReadonlyMap<string, HostArray>;

/** Reads all variables, in one round trip. */
export async function takeSnapshot(variables: ReadonlyMap<string, Variable>): Promise<Snapshot> {
  const values = await readVariables([...variables.values()]);
  return new Map([...variables.keys()].map((name, i) => [name, values[i]!]));
}

/** Gives all variables the values of a snapshot of them. */
export function restoreSnapshot(
  variables: ReadonlyMap<string, Variable>,
  snapshot: Snapshot,
): void {
  for (const [name, variable] of variables) variable.assign(snapshot.get(name)!);
}

/** Writes values and text to a safetensors file that is whole or not there. */
export async function writeTensors(
  path: string,
  variables: ReadonlyMap<string, Variable>,
  snapshot: Snapshot,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const tensors = new Map<string, TensorData>();
  for (const [name, { type }] of variables) {
    tensors.set(name, fromTyped(snapshot.get(name)!, type.shape));
  }
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}

/** Reads a safetensors file, saying which file is broken if it is. */
export async function readTensors(path: string): Promise<SafetensorsFile> {
  const bytes = await readFileChecked(path);
  try {
    return decodeSafetensors(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`Cannot read ${path}: ${reason}`, { cause });
  }
}

/**
 * The values that variables are given by a file's tensors of the same names.
 * @throws {CommandError} if a tensor is missing, has another shape, or is one too many
 */
export function matchTensors(
  path: string,
  tensors: ReadonlyMap<string, TensorData>,
  variables: ReadonlyMap<string, Variable>,
): Snapshot {
  const missing = [...variables.keys()].filter((name) => !tensors.has(name));
  const extra = [...tensors.keys()].filter((name) => !variables.has(name));
  if (missing.length > 0 || extra.length > 0) {
    const list = (names: readonly string[]) => names.slice(0, 4).join(", ") || "none";
    throw new CommandError(
      `Cannot use the tensors of ${path}: their names must be those of the model: missing are ` +
        `${list(missing)}, unknown are ${list(extra)}`,
    );
  }
  return new Map(
    [...variables].map(([name, variable]) =>
      [name, valueFor(path, name, variable, tensors.get(name)!)] as const
    ),
  );
}

/** Gives variables the values of a file's tensors: all or, if `matchTensors` throws, none. */
export function assignTensors(
  path: string,
  tensors: ReadonlyMap<string, TensorData>,
  variables: ReadonlyMap<string, Variable>,
): void {
  restoreSnapshot(variables, matchTensors(path, tensors, variables));
}

function valueFor(path: string, name: string, { type }: Variable, tensor: TensorData): HostArray {
  if (tensor.shape.join() !== type.shape.join()) {
    throw new CommandError(
      `Cannot use tensor "${name}" of ${path}: it must be ${formatType(type)}: current is ` +
        `${tensor.dtype}[${tensor.shape.join(", ")}]`,
    );
  }
  try {
    return type.dtype === "f32" ? toFloat32(tensor) : toInt32(tensor);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`Cannot use tensor "${name}" of ${path}: ${reason}`, { cause });
  }
}
