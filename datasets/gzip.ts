/**
 * Gzip decompression in memory, with a bounded size.
 * @module
 */
import { collect, inflate } from "../checkpoint/compression.ts";
import { DatasetError } from "./dataset.ts";

/**
 * Whether bytes have the header of a gzip member: two magic bytes, the method (deflate), and flags,
 * of which three are 0.
 */
export function isGzip(bytes: Uint8Array, at = 0): boolean {
  return bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 8 &&
    bytes[at + 3]! < 0x20;
}

/**
 * Decompresses gzip with one or several members, chunk by chunk. If the consumer stops early, so
 * does the decompression.
 *
 * @throws {DatasetError} if the data are not complete gzip
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
      `Cannot decompress dataset "${dataset}": it must be complete gzip data: ${reason}`,
      { cause },
    );
  }
}

/**
 * Decompresses the first member and returns its length. The platform's decompressor accepts one
 * member and does not report where it ends. So this function first tries all bytes, which works
 * for most files, and then the bytes up to each place where another member may start.
 */
async function* memberChunks(
  bytes: Uint8Array<ArrayBuffer>,
): AsyncGenerator<Uint8Array, number, void> {
  let firstError: unknown;
  let given = 0;
  for (const end of possibleEnds(bytes)) {
    let position = 0;
    try {
      for await (const chunk of inflate(bytes.subarray(0, end), "gzip")) {
        // an earlier attempt has already yielded these bytes
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

/** One place in 140 million looks like the start of a member by chance. */
const MOST_ATTEMPTS = 16;

function* possibleEnds(bytes: Uint8Array): Generator<number, void, void> {
  yield bytes.length;
  let attempts = 1;
  for (let at = bytes.indexOf(0x1f, 18); at >= 0; at = bytes.indexOf(0x1f, at + 1)) {
    if (!isGzip(bytes, at)) continue;
    if (++attempts > MOST_ATTEMPTS) return;
    yield at;
  }
}

/**
 * Decompresses gzip to at most `maxBytes` bytes, and stops if there are more.
 *
 * @throws {DatasetError} if the data are not complete gzip, or longer
 */
async function gunzipAtMost(
  dataset: string,
  bytes: Uint8Array<ArrayBuffer>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = await collect(gunzipChunks(dataset, bytes), maxBytes);
  if (out === undefined) throw wrongLength(dataset, `at most ${maxBytes}`, "more");
  return out;
}

/**
 * Decompresses gzip to exactly `byteLength` bytes, and stops if there are more.
 *
 * @throws {DatasetError} if the data are not complete gzip, or have another length
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

/** Maximum number of nested gzip layers. */
const MOST_LAYERS = 3;

/** Compressed data may be slightly longer than their contents. */
export const MARGIN_BYTES: number = 1 << 21;

/**
 * Decompresses gzip, including nested layers, to at most `maxBytes` bytes.
 *
 * @throws {DatasetError} if the data are not complete gzip, or longer
 */
export async function unwrapGzip(
  dataset: string,
  bytes: Uint8Array<ArrayBuffer>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let contents = bytes;
  for (let layer = 0; layer < MOST_LAYERS && isGzip(contents); layer++) {
    const margin = await holdsGzip(dataset, contents) ? MARGIN_BYTES : 0;
    contents = await gunzipAtMost(dataset, contents, maxBytes + margin);
  }
  if (contents.length > maxBytes) throw wrongLength(dataset, `at most ${maxBytes}`, "more");
  return contents.length === contents.buffer.byteLength ? contents : contents.slice();
}

/**
 * Like {@link unwrapGzip}, chunk by chunk. The contents of the first layer are held in memory only
 * if they are gzip again.
 *
 * @throws {DatasetError} if the data are not complete gzip, or an inner layer is too long
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
