/**
 * The checksums by which data files are known.
 * @module
 */
import { createHash } from "node:crypto";

import { sha256 } from "../checkpoint/mod.ts";

/** A checksum in hexadecimal, and how it is computed. */
export interface Digest {
  /** How it is computed. */
  readonly algorithm: "SHA-256" | "MD5";
  /** Its value, in lower case. */
  readonly hex: string;
}

/** Whether bytes have this checksum. */
export async function hasDigest(bytes: Uint8Array<ArrayBuffer>, digest: Digest): Promise<boolean> {
  const actual = digest.algorithm === "MD5" ? md5(bytes) : await sha256(bytes);
  return actual === digest.hex;
}

/**
 * MD5 of bytes, in hexadecimal [RFC 1321].
 *
 * Only for files whose publisher states no other checksum. Two files with the same MD5 can be made
 * on purpose, but no way is known to make a second file for a given checksum.
 */
export function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
