/**
 * Reads the data files that come with Gspace, wherever the code itself came from: a local checkout
 * (`file:`, needs `--allow-read`), a registry or a web page (`https:`, needs `--allow-net` there).
 * @module
 */
import { sha256 } from "../checkpoint/mod.ts";
import { DatasetError } from "./dataset.ts";
import { gunzip } from "./gzip.ts";

/** What must be known of a data file before it is read. */
export interface DataFile {
  /** Name of the dataset, for messages. */
  readonly dataset: string;
  /** Name of the file in the data folder. */
  readonly file: string;
  /** SHA-256 of the file as it is stored, in hexadecimal. */
  readonly sha256: string;
  /** Bytes after decompression. */
  readonly byteLength: number;
}

/** The folder that holds the data files. */
export const DATA_FOLDER: URL = new URL("./data/", import.meta.url);

/**
 * Reads, checks and decompresses a data file.
 *
 * @throws {DatasetError} if it cannot be read, or is not exactly the file meant
 */
export async function readDataFile(
  expected: DataFile,
  folder: URL = DATA_FOLDER,
): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(expected.file, folder);
  const stored = await fetchBytes(expected.dataset, url);
  const actual = await sha256(stored);
  if (actual !== expected.sha256) {
    throw new DatasetError(
      expected.dataset,
      `Cannot load dataset "${expected.dataset}" from ${url.href}: the file was changed or cut ` +
        `short: its SHA-256 must be ${expected.sha256}: current value is ${actual} ` +
        `(${stored.length} bytes)`,
    );
  }
  return await gunzip(expected.dataset, stored, expected.byteLength);
}

async function fetchBytes(dataset: string, url: URL): Promise<Uint8Array<ArrayBuffer>> {
  let reason: string;
  let cause: unknown;
  try {
    const response = await fetch(url);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    await response.body?.cancel();
    reason = `the server answered ${response.status}`;
  } catch (error) {
    cause = error;
    reason = explain(url, error);
  }
  throw new DatasetError(dataset, `Cannot load dataset "${dataset}" from ${url.href}: ${reason}`, {
    cause,
  });
}

function explain(url: URL, error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // By name: in browsers there is no Deno.errors to compare with.
  if (error.name === "NotCapable") {
    return url.protocol === "file:"
      ? `permission to read it is missing: run deno with --allow-read`
      : `permission for the network is missing: run deno with --allow-net=${url.host}`;
  }
  const detail = error.cause instanceof Error ? error.cause.message : error.message;
  return url.protocol === "file:" ? `the file must be there and readable: ${detail}` : detail;
}
