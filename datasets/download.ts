/**
 * Downloads a file into the cache folder.
 *
 * The bytes go to `<name>.part`. If the download is interrupted, the next one continues this file.
 * It is renamed atomically once length and SHA-256 match, so a file under the final name is always
 * complete. A lock on the `.part` file keeps two processes from writing it at once. Needs
 * `--allow-net` for the hosts, and `--allow-read` and `--allow-write` for the folder.
 * @module
 */
import { FileError, readFileChecked, sha256 } from "../checkpoint/mod.ts";
import { firstLine } from "../graph/first_line.ts";
import {
  anything,
  callable,
  checkOptions,
  numberIn,
  optional,
  type OptionRules,
  positiveWhole,
} from "../graph/mod.ts";
import type { Bytes, DownloadFile } from "./canonical.ts";
import { DatasetError } from "./dataset.ts";
import { type Place, showPlace, within } from "./place.ts";
import { transfer, TransferError } from "./transfer.ts";

/** The progress of a download. */
export interface DownloadProgress {
  /** Name of the dataset. */
  readonly dataset: string;
  /** Name of the file. */
  readonly file: string;
  /** The address. */
  readonly url: string;
  /** Bytes received, including those of earlier attempts. */
  readonly receivedBytes: number;
  /** Length of the file. */
  readonly totalBytes: number;
}

/** Options for downloads. */
export interface DownloadOptions {
  /** Called with the progress after each chunk. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Aborts the download. Received bytes are kept. */
  readonly signal?: AbortSignal;
  /** How long a server may send nothing, in milliseconds. Default: 30,000. */
  readonly stallMs?: number;
  /** Number of times that all addresses are tried. Default: 3. */
  readonly rounds?: number;
  /** Delay before the second round in milliseconds, doubled for each further one. Default: 1,000. */
  readonly retryDelayMs?: number;
}

/** Maximum delay of a timer. */
const LONGEST_MS = 2 ** 31 - 1;

/** The rules for {@link DownloadOptions}. */
export const downloadRules: OptionRules<DownloadOptions> = {
  onProgress: optional(callable),
  signal: optional(anything),
  stallMs: optional(numberIn(`(0, ${LONGEST_MS}]`)),
  rounds: optional(positiveWhole),
  retryDelayMs: optional(numberIn(`[0, ${LONGEST_MS}]`)),
};

/** What to download, and where to. */
interface DownloadJob {
  /** Name of the dataset. */
  readonly dataset: string;
  /** The file. */
  readonly file: DownloadFile;
  /** Allowed hosts. */
  readonly hosts: readonly string[];
  /** The target folder. */
  readonly folder: Place;
}

/** The download failed at all addresses. */
export class DownloadError extends Error {
  /** Name of the class. */
  override readonly name = "DownloadError";
  /** The last failure of each address, one line each. */
  readonly failures: readonly string[];

  /** Creates the error. */
  constructor(failures: readonly string[]) {
    super(failures.join("\n"));
    this.failures = failures;
  }
}

/**
 * Reads a file if its length and checksum match; otherwise resolves to `undefined`.
 *
 * @throws {FileError} if it exists but cannot be read
 */
export async function readVerified(
  folder: Place,
  file: DownloadFile,
): Promise<Bytes | undefined> {
  try {
    const bytes = await readFileChecked(within(folder, file.name), { maxBytes: file.byteLength });
    return bytes.length === file.byteLength && await sha256(bytes) === file.sha256
      ? bytes
      : undefined;
  } catch (error) {
    const isWrongFile = error instanceof FileError &&
      (error.reason === "not found" || error.reason === "too large");
    if (isWrongFile) return undefined;
    throw error;
  }
}

/**
 * Downloads a file, verifies it, and returns its bytes.
 *
 * @throws {DownloadError} if all addresses fail
 * @throws {DatasetError} if it cannot be stored
 */
export async function download(job: DownloadJob, options: DownloadOptions = {}): Promise<Bytes> {
  checkOptions("download", options, downloadRules);
  await store(job, () => Deno.mkdir(job.folder, { recursive: true }));
  const part = await store(job, () => openPart(job));
  try {
    // Another process may have downloaded it while this one waited for the lock.
    const existing = await readVerified(job.folder, job.file);
    if (existing !== undefined) {
      await Deno.remove(partPlace(job)).catch(() => {}); // empty, or no longer needed
      return existing;
    }
    const bytes = await fillPart(job, part, options);
    await store(job, () => finish(job, part));
    return bytes;
  } finally {
    part.close();
  }
}

function partPlace({ folder, file }: DownloadJob): Place {
  return within(folder, `${file.name}.part`);
}

async function openPart(job: DownloadJob): Promise<Deno.FsFile> {
  const part = await Deno.open(partPlace(job), { create: true, read: true, write: true });
  try {
    await part.lock(true);
    if ((await part.stat()).size > job.file.byteLength) await part.truncate(0);
    return part;
  } catch (error) {
    part.close();
    throw error;
  }
}

/** Tries the addresses until the file is complete and verified. */
async function fillPart(
  job: DownloadJob,
  part: Deno.FsFile,
  options: DownloadOptions,
): Promise<Bytes> {
  const { rounds = 3, retryDelayMs = 1000, signal } = options;
  const failures = new Map<string, TransferError>();
  for (let round = 0; round < rounds; round++) {
    const open = job.file.urls.filter((url) => failures.get(url)?.retry !== false);
    if (open.length === 0) break;
    if (round > 0) await wait(retryDelayMs * 2 ** (round - 1), signal);
    for (const url of open) {
      try {
        return await attempt(job, part, { ...options, url });
      } catch (error) {
        if (!(error instanceof TransferError)) throw error;
        failures.set(url, error);
      }
    }
  }
  throw new DownloadError([...failures].map(([url, { message }]) => `${url}: ${message}`));
}

/** Downloads the missing bytes from one address, and verifies the file. */
async function attempt(
  job: DownloadJob,
  part: Deno.FsFile,
  { url, onProgress, stallMs = 30_000, signal }: DownloadOptions & { readonly url: string },
): Promise<Bytes> {
  const { file, dataset } = job;
  const totalBytes = file.byteLength;
  const offset = (await part.stat()).size;
  let receivedBytes = offset;
  const report = () => onProgress?.({ dataset, file: file.name, url, receivedBytes, totalBytes });
  await store(job, () => part.seek(0, Deno.SeekMode.End));
  const restart = async () => {
    receivedBytes = 0;
    await store(job, () => truncate(part));
  };
  if (offset < totalBytes) {
    report();
    await transfer({
      ...{ url: new URL(url), offset, totalBytes, hosts: job.hosts, stallMs, restart },
      ...(signal === undefined ? {} : { signal }),
      write: async (chunk) => {
        await store(job, () => writeAll(part, chunk));
        receivedBytes += chunk.length;
        report();
      },
    });
  }
  const bytes = await store(job, () => readAll(part, totalBytes));
  const actual = await sha256(bytes);
  if (actual === file.sha256) return bytes;
  await store(job, () => truncate(part));
  // The bytes of an earlier attempt may be the wrong ones, so try this address again.
  throw new TransferError(
    `its SHA-256 must be ${file.sha256}: current value is ${actual}`,
    offset > 0,
  );
}

async function finish(job: DownloadJob, part: Deno.FsFile): Promise<void> {
  await part.sync();
  await Deno.rename(partPlace(job), within(job.folder, job.file.name));
  if (Deno.build.os === "windows") return; // cannot flush folders
  const folder = await Deno.open(job.folder, { read: true });
  await folder.sync().finally(() => folder.close());
}

async function writeAll(part: Deno.FsFile, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.length) written += await part.write(chunk.subarray(written));
}

async function readAll(part: Deno.FsFile, byteLength: number): Promise<Bytes> {
  const bytes = new Uint8Array(byteLength);
  await part.seek(0, Deno.SeekMode.Start);
  let length = 0;
  while (length < byteLength) {
    const count = await part.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

async function truncate(part: Deno.FsFile): Promise<void> {
  await part.truncate(0);
  await part.seek(0, Deno.SeekMode.Start);
}

/** Runs a disk operation. If it fails, other addresses do not help. */
async function store<T>(job: DownloadJob, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const folder = showPlace(job.folder);
    const denied = cause instanceof Deno.errors.NotCapable;
    const reason = denied
      ? `permission is missing: run deno with --allow-read=${folder} --allow-write=${folder}`
      : firstLine(cause);
    throw new DatasetError(
      job.dataset,
      `Cannot store "${job.file.name}" of dataset "${job.dataset}" in ${JSON.stringify(folder)}: ` +
        reason,
      { cause, reason: denied ? "permission" : "storage" },
    );
  }
}

async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
