/**
 * Reads the bundled data files from where the code was loaded: a local checkout (`file:`, needs
 * `--allow-read`), or a registry or web page (`https:`, needs `--allow-net`).
 * @module
 */
import { sha256 } from "../checkpoint/mod.ts";
import { DatasetError } from "./dataset.ts";
import { gunzip } from "./gzip.ts";

/** A bundled data file. */
export interface DataFile {
  /** Name of the dataset, for error messages. */
  readonly dataset: string;
  /** Name of the file in the data folder. */
  readonly file: string;
  /** SHA-256 of the compressed file, in hexadecimal. */
  readonly sha256: string;
  /** Length after decompression, in bytes. */
  readonly byteLength: number;
}

/** The folder of the data files. Not a constant, because a bundle may have no address. */
export function dataFolder(): URL {
  // in one expression, bundlers would look for a file of this name, and warn
  const module = import.meta.url;
  return new URL("./data/", module);
}

/**
 * Reads, verifies, and decompresses a data file.
 *
 * @throws {DatasetError} if it cannot be read, or its checksum does not match
 */
export async function readDataFile(
  expected: DataFile,
  folder: URL = dataFolder(),
): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(expected.file, folder);
  const stored = await fetchBytes(expected.dataset, url);
  const actual = await sha256(stored);
  if (actual !== expected.sha256) {
    throw new DatasetError(
      expected.dataset,
      `Cannot load dataset "${expected.dataset}" from ${url.href}: the file was changed or ` +
        `truncated: its SHA-256 must be ${expected.sha256}: current value is ${actual} ` +
        `(${stored.length} bytes)`,
    );
  }
  return await gunzip(expected.dataset, stored, expected.byteLength);
}

async function fetchBytes(dataset: string, url: URL): Promise<Uint8Array<ArrayBuffer>> {
  let reason: string;
  let cause: unknown;
  try {
    if (url.protocol === "file:" && !("Deno" in globalThis)) return await readInNode(url);
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

/** Outside Deno, `fetch` reads no files. */
async function readInNode(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const { readFile } = await import("node:fs/promises");
  return new Uint8Array(await readFile(url));
}

function explain(url: URL, error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // By name, because browsers have no Deno.errors.
  if (error.name === "NotCapable") {
    return url.protocol === "file:"
      ? `permission to read it is missing: run deno with --allow-read`
      : `permission for the network is missing: run deno with --allow-net=${url.host}`;
  }
  const detail = error.cause instanceof Error ? error.cause.message : error.message;
  return url.protocol === "file:" ? `the file must exist and be readable: ${detail}` : detail;
}
