import { readVariables, type Variable } from "../../autograd/mod.ts";
import {
  type CheckedSafetensors,
  decodeCheckedSafetensors,
  encodeCheckedSafetensors,
  fromTyped,
  matchStateDict,
  readFileChecked,
  StateDictError,
  type TensorData,
  writeFileAtomic,
} from "../../checkpoint/mod.ts";
import type { HostArray } from "../../graph/mod.ts";
import { CommandError } from "../errors.ts";
import { firstLine } from "../../graph/first_line.ts";

/** Values of variables on the host, by name. */
export type Snapshot = ReadonlyMap<string, HostArray>;

/** Reads all variables, in one round trip. */
export async function takeSnapshot(variables: ReadonlyMap<string, Variable>): Promise<Snapshot> {
  const values = await readVariables([...variables.values()]);
  return new Map([...variables.keys()].map((name, i) => [name, values[i]!]));
}

/** Restores the values of all variables from a snapshot. */
export function restoreSnapshot(
  variables: ReadonlyMap<string, Variable>,
  snapshot: Snapshot,
): void {
  for (const [name, variable] of variables) variable.assign(snapshot.get(name)!);
}

/** Writes values and metadata to a safetensors file with a checksum, atomically. */
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
  await writeFileAtomic(path, await encodeCheckedSafetensors(tensors, metadata));
}

/** The formats of this program. Weights of its first version have no checksum. */
const [OWN, UNCHECKED] = [/^gspace /, /^gspace model 1$/];

/**
 * Reads a safetensors file.
 * @throws {CommandError} naming the file if it is invalid, if its checksum does not match, or if a
 *   run wrote it and its checksum is missing
 */
export async function readTensors(path: string): Promise<CheckedSafetensors> {
  const bytes = await readFileChecked(path);
  try {
    const file = await decodeCheckedSafetensors(bytes);
    const format = file.metadata.get("format") ?? "";
    if (file.isChecked || !OWN.test(format) || UNCHECKED.test(format)) return file;
    throw new Error("it must have a checksum: it was damaged, or changed by another program");
  } catch (cause) {
    throw new CommandError(`Cannot read ${path}: ${firstLine(cause)}`, { cause });
  }
}

/**
 * Matches the tensors of a file with variables of the same names.
 * @throws {CommandError} if a tensor is missing, unexpected, or has another shape
 */
export function matchTensors(
  path: string,
  tensors: ReadonlyMap<string, TensorData>,
  variables: ReadonlyMap<string, Variable>,
): Snapshot {
  try {
    return matchStateDict(variables, tensors).values;
  } catch (cause) {
    if (!(cause instanceof StateDictError)) throw cause;
    throw new CommandError(`Cannot use ${path}: ${cause.message}`, { cause });
  }
}
