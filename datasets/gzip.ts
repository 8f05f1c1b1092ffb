/**
 * Gzip, decompressed in memory and never beyond a stated size.
 * @module
 */
import { DatasetError } from "./dataset.ts";

/** Do bytes begin as gzip does? */
export function isGzip(bytes: Uint8Array): boolean {
  return isMemberAt(bytes, 0);
}

/** A member begins with two magic bytes, the method (deflate), and flags, of which three are 0. */
function isMemberAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 8 &&
    bytes[at + 3]! < 0x20;
}

/**
 * Decompresses gzip of one or several members, chunk by chunk. A consumer that stops early stops
 * the decompression.
 *
 * @throws {DatasetError} if the data are not whole gzip
 */
export async function* gunzipChunks(
  dataset: string,
  bytes: Uint8Array<ArrayBuffer>,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    let at = 0;
    do at += yield* memberChunks(bytes.subarray(at)); while (at < bytes.length);
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
 * Decompresses the first member; returns its length. The decompressor of the platform takes one
 * member and does not say where it ends: so all bytes are tried first, which is right for most
 * files, and then those up to each place where another member may begin.
 */
async function* memberChunks(
  bytes: Uint8Array<ArrayBuffer>,
): AsyncGenerator<Uint8Array, number, void> {
  let firstError: unknown;
  let given = 0;
  for (const end of possibleEnds(bytes)) {
    let position = 0;
    try {
      for await (const chunk of inflated(bytes.subarray(0, end))) {
        // an earlier attempt has already given these bytes
        const fresh = chunk.subarray(Math.max(0, given - position));
        position += chunk.length;
        given = Math.max(given, position);
        if (fresh.length > 0) yield fresh;
      }
      return end;
    } catch (error) {
      firstError ??= error;
    }
  }
  throw firstError;
}

/** By chance, one place in 140 million looks like the beginning of a member. */
const MOST_ATTEMPTS = 16;

function* possibleEnds(bytes: Uint8Array): Generator<number, void, void> {
  yield bytes.length;
  let attempts = 1;
  for (let at = bytes.indexOf(0x1f, 18); at >= 0; at = bytes.indexOf(0x1f, at + 1)) {
    if (!isMemberAt(bytes, at)) continue;
    if (++attempts > MOST_ATTEMPTS) return;
    yield at;
  }
}

function inflated(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  return inPieces(bytes).pipeThrough(new DecompressionStream("gzip"));
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

/** How often a file may have been compressed. */
const MOST_LAYERS = 3;

/** Compressed data are at most a little longer than what they hold. */
export const MARGIN_BYTES: number = 1 << 21;

/**
 * Takes off gzip, also where a program has compressed what was compressed already, until what is
 * left has at most `maxBytes` bytes and is not gzip.
 *
 * @throws {DatasetError} if the data are not whole gzip, or give more
 */
export async function unwrapGzip(
  dataset: string,
  bytes: Uint8Array<ArrayBuffer>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let inner = bytes;
  for (let layer = 0; layer < MOST_LAYERS && isGzip(inner); layer++) {
    const margin = await holdsGzip(dataset, inner) ? MARGIN_BYTES : 0;
    inner = await gunzipAtMost(dataset, inner, maxBytes + margin);
  }
  if (inner.length > maxBytes) throw wrongLength(dataset, `at most ${maxBytes}`, "more");
  return inner.length === inner.buffer.byteLength ? inner : inner.slice();
}

/**
 * The same, chunk by chunk. The contents of the first layer are held in memory only if they are gzip
 * again.
 *
 * @throws {DatasetError} if the data are not whole gzip, or an inner layer has too many bytes
 */
export async function* unwrappedChunks(
  dataset: string,
  bytes: Uint8Array<ArrayBuffer>,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  let packed = bytes;
  for (let layer = 1; layer < MOST_LAYERS; layer++) {
    if (!await holdsGzip(dataset, packed)) break;
    packed = await gunzipAtMost(dataset, packed, maxBytes + MARGIN_BYTES);
  }
  yield* gunzipChunks(dataset, packed);
}

async function holdsGzip(dataset: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (!isGzip(bytes)) return false;
  for await (const chunk of gunzipChunks(dataset, bytes)) return isGzip(chunk);
  return false;
}

function wrongLength(dataset: string, expected: string, found: string): DatasetError {
  return new DatasetError(
    dataset,
    `Cannot decompress dataset "${dataset}": it must give ${expected} bytes: it gives ${found}`,
  );
}
