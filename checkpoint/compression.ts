/**
 * Compression with deflate, in memory, with a bounded size.
 * @module
 */

/** Raw deflate data, as in zip archives, or a single gzip member. */
type CompressionFormat = "deflate-raw" | "gzip";

/** Maximum number of bytes that deflate produces per compressed byte. */
export const MOST_INFLATION = 1032;

/**
 * Size of the pieces passed to the platform's streams. A consumer receives at most 17 MB, this times
 * {@link MOST_INFLATION}, before it can stop.
 */
const PIECE_BYTES = 1 << 14;

/** Compresses bytes as raw deflate data. */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const stream = inPieces(bytes).pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Decompresses bytes. If the consumer stops early, so does the decompression. */
export async function* inflate(
  bytes: Uint8Array,
  format: CompressionFormat,
): AsyncGenerator<Uint8Array, void, void> {
  // Streams are not iterable in all browsers.
  const reader = inPieces(bytes).pipeThrough(new DecompressionStream(format)).getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel().catch(() => {}); // reading has reported the error, if there is one
  }
}

/** Joins chunks of at most `mostBytes` bytes; `undefined` if there are more, which are not read. */
export async function collect(
  chunks: AsyncIterable<Uint8Array>,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const out = new Uint8Array(mostBytes);
  let length = 0;
  for await (const chunk of chunks) {
    if (length + chunk.length > mostBytes) return undefined;
    out.set(chunk, length);
    length += chunk.length;
  }
  return out.subarray(0, length);
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
