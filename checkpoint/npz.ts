/**
 * Reads and writes NumPy's `.npz` format: a zip archive with an `.npy` file for each array, as in
 * `numpy.savez`, `numpy.savez_compressed`, and `numpy.load`.
 * @module
 */
import { checkOptions, numberIn, optional, trueOrFalse } from "../graph/mod.ts";
import { NpyError, quoteName } from "./errors.ts";
import { decodeNpy, encodeNpy } from "./npy.ts";
import type { TensorData } from "./tensor_data.ts";
import { decodeZip, encodeZip } from "./zip.ts";

const ENDING = ".npy";

/** Options for {@link encodeNpz}. */
export interface EncodeNpzOptions {
  /** Whether to compress the arrays, as `savez_compressed` does. Default: false. */
  readonly compress?: boolean;
}

/** Options for {@link decodeNpz}. */
export interface DecodeNpzOptions {
  /** Maximum total size of all decompressed arrays, in bytes. Default: 2 GiB. */
  readonly maxBytes?: number;
}

/**
 * Encodes tensors as an `.npz` file, in order. Equal contents give equal bytes.
 *
 * @throws {NpyError} if NumPy has no such type, or a name is not allowed in an archive
 *
 * @example Two arrays
 * ```ts
 * import { decodeNpz, encodeNpz, fromTyped } from "./mod.ts";
 * const bytes = await encodeNpz(
 *   new Map([["x", fromTyped(Float32Array.of(1, 2), [2])], ["n", fromTyped(Int32Array.of(7), [])]]),
 *   { compress: true },
 * );
 * console.assert([...(await decodeNpz(bytes)).keys()].join() === "x,n");
 * ```
 */
export async function encodeNpz(
  tensors: ReadonlyMap<string, TensorData>,
  options: EncodeNpzOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions("write npz", options, { compress: optional(trueOrFalse) });
  const { compress = false } = options;
  const members = [...tensors].map(([name, tensor]) => {
    checkName(name, "write");
    return [`${name}${ENDING}`, naming(name, () => encodeNpy(tensor))] as const;
  });
  return await encodeZip(members, { compress });
}

/**
 * Decodes an `.npz` file, stored or deflated. Memory use is proportional to the file's size and at
 * most `maxBytes`, regardless of the sizes that the archive claims.
 *
 * @throws {NpyError} naming the invalid array
 */
export async function decodeNpz(
  bytes: Uint8Array,
  options: DecodeNpzOptions = {},
): Promise<Map<string, TensorData>> {
  checkOptions("read npz", options, { maxBytes: optional(numberIn("[0, Infinity]")) });
  const { maxBytes = 2 ** 31 } = options;
  const tensors = new Map<string, TensorData>();
  for (const [member, contents] of await decodeZip(bytes.slice(), { maxBytes })) {
    if (!member.endsWith(ENDING)) {
      throw new NpyError(
        `Cannot read npz member ${quoteName(member)}: members are arrays, with names in .npy`,
        { tensor: member },
      );
    }
    const name = member.slice(0, -ENDING.length);
    checkName(name, "read");
    tensors.set(name, naming(name, () => decodeNpy(contents)));
  }
  return tensors;
}

/** Checks that a name is safe for tools that unpack archives into folders. */
function checkName(name: string, action: "read" | "write"): void {
  const parts = name.split("/");
  const plain = name.isWellFormed() && !/[\\\p{Cc}]/u.test(name) &&
    !/^[A-Za-z]:/.test(name) && parts.every((part) => !["", ".", ".."].includes(part));
  if (plain) return;
  throw new NpyError(
    `Cannot ${action} npz member ${quoteName(name)}: a name is a relative path without empty ` +
      "parts, dots, backslashes, or control characters",
    { tensor: name },
  );
}

/** Adds the name of the array to an error. */
function naming<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof NpyError)) throw cause;
    throw new NpyError(`${cause.message} (array ${quoteName(name)})`, { cause, tensor: name });
  }
}
