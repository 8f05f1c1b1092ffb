/**
 * Reads the files of a public dataset from a folder of the user's.
 *
 * The folder may hold the files themselves, plain or gzipped, or the archive as it is published, or
 * any of these in a folder of its usual name. Which bytes are right is decided by the checksums of
 * the decompressed files, so that it does not matter who compressed them. Needs `--allow-read` for
 * the folder.
 * @module
 */
import { FileError, readFileChecked, sha256 } from "../checkpoint/mod.ts";
import type { Bytes, CanonicalFile, CanonicalSet, FileContents } from "./canonical.ts";
import { DatasetError } from "./dataset.ts";
import { hasDigest, md5 } from "./digest.ts";
import { missingData } from "./missing_data.ts";
import { type Place, showPlace, within } from "./place.ts";
import { gunzipFile, unpack } from "./unpack.ts";

/** Settings of {@link readDataFolder}. */
export interface DataFolderOptions {
  /** Whether files with another checksum than the known one, or a part of them, will do. */
  readonly allowUnverified: boolean;
  /** Called with a sentence for each file that is used though it is not the known one. */
  readonly onWarning: (message: string) => void;
  /** Datasets whose files may lie there by mistake. */
  readonly others: Iterable<CanonicalSet>;
}

/** A file of the dataset as it was found. */
interface FoundFile {
  readonly place: string;
  readonly bytes: Bytes;
}

type FoundFiles = ReadonlyMap<string, FoundFile>;

/** Compressed files are at most a little longer than what they hold. */
const MARGIN_BYTES = 1 << 21;

/**
 * Finds, decompresses and checks a dataset's files.
 *
 * @throws {DatasetError} with reason `missing`, `unverified`, `permission` or `storage`, or
 *   `invalid` for an archive that is not plain or files of another dataset
 */
export async function readDataFolder(
  set: CanonicalSet,
  folder: Place,
  options: DataFolderOptions,
): Promise<FileContents> {
  const places = [...set.folders.map((name) => within(folder, name)), folder];
  const lacking: string[] = [];
  for (const place of places) {
    const loose = await readLoose(set, place);
    const absent = set.files.filter(({ name }) => !loose.has(name));
    const isEnough = options.allowUnverified
      ? absent.every((file) => file.optional)
      : !absent.length;
    if (isEnough) return await verify(set, loose, options);
    const archive = await readArchive(set, place, options);
    if (archive !== undefined) return archive;
    const names = loose.size === 0 ? "files" : absent.map(({ name }) => name).join(", ");
    lacking.push(`${showPlace(place)} has no ${names}`);
  }
  throw missingData(set, { details: lacking });
}

async function readLoose(set: CanonicalSet, place: Place): Promise<FoundFiles> {
  const found = new Map<string, FoundFile>();
  for (const file of set.files) {
    const plain = within(place, file.name);
    const bytes = await readIfThere(set, plain, file.byteLength);
    if (bytes !== undefined) {
      found.set(file.name, { place: showPlace(plain), bytes });
      continue;
    }
    const packed = within(place, `${file.name}.gz`);
    const gzip = await readIfThere(set, packed, file.byteLength + MARGIN_BYTES);
    if (gzip !== undefined) {
      found.set(file.name, {
        place: showPlace(packed),
        bytes: await gunzipFile(set, file, gzip),
      });
    }
  }
  return found;
}

async function readArchive(
  set: CanonicalSet,
  place: Place,
  options: DataFolderOptions,
): Promise<FileContents | undefined> {
  const archive = set.downloads.find(({ format }) => format === "tar.gz");
  if (archive === undefined) return undefined;
  const path = within(place, archive.name);
  const mostBytes = set.files.reduce((sum, { byteLength }) => sum + byteLength, MARGIN_BYTES);
  const bytes = await readIfThere(set, path, mostBytes);
  if (bytes === undefined) return undefined;
  const files = await unpack(set, archive, bytes);
  if (await sha256(bytes) === archive.sha256) return files;
  const found = [...files].map(([name, member]): [string, FoundFile] => [
    name,
    { place: `${name} in ${showPlace(path)}`, bytes: member },
  ]);
  return await verify(set, new Map(found), options);
}

async function readIfThere(
  set: CanonicalSet,
  path: Place,
  maxBytes: number,
): Promise<Bytes | undefined> {
  try {
    return await readFileChecked(path, { maxBytes });
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    if (cause.reason === "not found" || cause.reason === "not a directory") return undefined;
    const reason = cause.reason === "permission not granted" ? "permission" : "storage";
    throw new DatasetError(set.name, `Cannot load dataset "${set.name}": ${cause.message}`, {
      cause,
      reason,
    });
  }
}

async function verify(
  set: CanonicalSet,
  found: FoundFiles,
  { allowUnverified, onWarning, others }: DataFolderOptions,
): Promise<FileContents> {
  const problems: string[] = [];
  for (const file of set.files) {
    const problem = await problemOf(set, file, found.get(file.name), others);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0 && !allowUnverified) {
    throw new DatasetError(
      set.name,
      `Cannot use files for dataset "${set.name}": they must be the published ones: current state ` +
        `is\n  ${problems.join("\n  ")}\nIf you trust them, say so with allowUnverified ` +
        `(--allow-unverified)`,
      { reason: "unverified" },
    );
  }
  for (const problem of problems) onWarning(`Dataset "${set.name}" is not verified: ${problem}`);
  return new Map([...found].map(([name, { bytes }]) => [name, bytes]));
}

/** What is wrong with a file, or `undefined` if nothing is. */
async function problemOf(
  set: CanonicalSet,
  file: CanonicalFile,
  found: FoundFile | undefined,
  others: Iterable<CanonicalSet>,
): Promise<string | undefined> {
  if (found === undefined) return `${file.name} is not there`;
  const { bytes, place } = found;
  if (await hasDigest(bytes, file.digest)) return undefined;
  const { algorithm, hex } = file.digest;
  const sum = await sha256(bytes);
  for (const other of others) {
    const twin = other.files.find(({ digest }) => digest.hex === sum);
    if (twin !== undefined) {
      throw new DatasetError(
        set.name,
        `Cannot use ${place} for dataset "${set.name}": it must be the ${file.name} of that ` +
          `dataset: current file is the ${twin.name} of "${other.name}"`,
      );
    }
  }
  return `${place}: ${algorithm} must be ${hex}: current value is ` +
    `${algorithm === "MD5" ? md5(bytes) : sum} (${bytes.length} of ${file.byteLength} bytes)`;
}
