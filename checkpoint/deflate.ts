/**
 * Raw deflate in memory, with a bounded size.
 * @module
 */

/** Maximum number of bytes that deflate produces per compressed byte. */
export const MOST_INFLATION = 1032;

/** Size of the pieces passed to the decompressor, which bounds its output before it can stop. */
const PIECE_BYTES = 1 << 14;

/** Compresses bytes. */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const stream = inPieces(bytes).pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Decompresses to exactly `byteLength` bytes, and stops if there are more.
 * @throws {Error} if the data are invalid
 */
export async function inflate(bytes: Uint8Array, byteLength: number): Promise<Uint8Array> {
  const out = new Uint8Array(byteLength);
  let length = 0;
  const stream = inPieces(bytes).pipeThrough(new DecompressionStream("deflate-raw"));
  for await (const chunk of stream) {
    if (length + chunk.length > byteLength) throw new Error("there are more bytes");
    out.set(chunk, length);
    length += chunk.length;
  }
  if (length < byteLength) throw new Error(`there are only ${length} bytes`);
  return out;
}

function inPieces(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + PIECE_BYTES));
      at += PIECE_BYTES;
    },
  });
}
