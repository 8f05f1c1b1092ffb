/**
 * Deflate without a wrapper, in memory and never beyond a stated size.
 * @module
 */

/** The most bytes that deflate makes of one. */
export const MOST_INFLATION = 1032;

/** Bytes that are given to the decompressor at once: bounds what it hands out before it is told to stop. */
const PIECE_BYTES = 1 << 14;

/** Compresses bytes. */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const stream = inPieces(bytes).pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Decompresses to exactly `byteLength` bytes, and stops where more would come.
 * @throws {Error} saying what is wrong with the data
 */
export async function inflate(bytes: Uint8Array, byteLength: number): Promise<Uint8Array> {
  const out = new Uint8Array(byteLength);
  let length = 0;
  const stream = inPieces(bytes).pipeThrough(new DecompressionStream("deflate-raw"));
  for await (const chunk of stream) {
    if (length + chunk.length > byteLength) throw new Error("more bytes come");
    out.set(chunk, length);
    length += chunk.length;
  }
  if (length < byteLength) throw new Error(`only ${length} bytes come`);
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
