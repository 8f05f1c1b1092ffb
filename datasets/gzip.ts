/**
 * Gzip, decompressed in memory and never beyond a stated size.
 * @module
 */
import { DatasetError } from "./dataset.ts";

/**
 * Decompresses gzip chunk by chunk. A consumer that stops early stops the decompression.
 *
 * @throws {DatasetError} if the data are not whole gzip
 */
export async function* gunzipChunks(
  dataset: string,
  bytes: Uint8Array<ArrayBuffer>,
): AsyncGenerator<Uint8Array, void, void> {
  const stream = inPieces(bytes).pipeThrough(new DecompressionStream("gzip"));
  try {
    for await (const chunk of stream) yield chunk;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatasetError(
      dataset,
      `Cannot decompress dataset "${dataset}": it must be whole gzip data: ${reason}`,
      { cause },
    );
  }
}

/**
 * Deflate makes at most 1,032 bytes of one, and a piece is decompressed as a whole: so this bounds
 * what a consumer can be handed before it says stop, to 17 MB.
 */
const PIECE_BYTES = 1 << 14;

function inPieces(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at + PIECE_BYTES));
      at += PIECE_BYTES;
    },
  });
}

/**
 * Decompresses gzip to at most `maxBytes` bytes, and stops where more would come.
 *
 * @throws {DatasetError} if the data are not whole gzip, or give more
 */
export async function gunzipAtMost(
  dataset: string,
  bytes: Uint8Array<ArrayBuffer>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(maxBytes);
  let length = 0;
  for await (const chunk of gunzipChunks(dataset, bytes)) {
    if (length + chunk.length > maxBytes) throw wrongLength(dataset, `at most ${maxBytes}`, "more");
    out.set(chunk, length);
    length += chunk.length;
  }
  return out.subarray(0, length);
}

/**
 * Decompresses gzip to exactly `byteLength` bytes, and stops where more would come.
 *
 * @throws {DatasetError} if the data are not whole gzip, or have another length
 */
export async function gunzip(
  dataset: string,
  bytes: Uint8Array<ArrayBuffer>,
  byteLength: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = await gunzipAtMost(dataset, bytes, byteLength);
  if (out.length < byteLength) throw wrongLength(dataset, `${byteLength}`, `${out.length}`);
  return out;
}

function wrongLength(dataset: string, expected: string, found: string): DatasetError {
  return new DatasetError(
    dataset,
    `Cannot decompress dataset "${dataset}": it must give ${expected} bytes: it gives ${found}`,
  );
}
