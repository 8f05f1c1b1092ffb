/**
 * SHA-256 of bytes, in hexadecimal.
 *
 * @throws {Error} on a page that was not served over HTTPS or from localhost, where browsers have no
 * `crypto.subtle`
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle }: { readonly subtle: SubtleCrypto | undefined } = crypto;
  if (subtle === undefined) {
    throw new Error(
      "Cannot compute a checksum: the page must be served over HTTPS or from localhost: browsers " +
        "have no crypto.subtle elsewhere",
    );
  }
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
