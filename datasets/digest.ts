/**
 * Checksums of data files.
 * @module
 */
import { sha256 } from "../checkpoint/mod.ts";

/** A checksum and its algorithm. */
export interface Digest {
  /** The algorithm. */
  readonly algorithm: "SHA-256" | "MD5";
  /** The value in lowercase hexadecimal. */
  readonly hex: string;
}

/** Whether bytes have this checksum. */
export async function hasDigest(bytes: Uint8Array<ArrayBuffer>, digest: Digest): Promise<boolean> {
  const actual = digest.algorithm === "MD5" ? await md5(bytes) : await sha256(bytes);
  return actual === digest.hex;
}

/**
 * MD5 of bytes, in hexadecimal [RFC 1321].
 *
 * Only for files whose publisher gives no other checksum. MD5 is not collision-resistant, but no
 * practical way is known to construct a second file for a given checksum.
 */
export async function md5(bytes: Uint8Array): Promise<string> {
  // Imported here, because browsers do not have this module.
  const { createHash } = await import("node:crypto");
  return createHash("md5").update(bytes).digest("hex");
}
