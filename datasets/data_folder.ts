/**
 * Reads the files of a public dataset from a folder of the user.
 *
 * The folder may hold the files, plain or gzipped, under any names, or the published archive, or
 * any of these in a subfolder of the usual name. Files are verified by the checksums of their
 * decompressed contents, so it does not matter how they were compressed. Needs `--allow-read` for
 * the folder.
 * @module
 */
import { FileError, readFileChecked, sha256 } from "../checkpoint/mod.ts";
import { counted } from "../graph/counted.ts";
import { firstLine } from "../graph/first_line.ts";
import type { Bytes, CanonicalFile, CanonicalSet, FileContents } from "./canonical.ts";
import { DatasetError } from "./dataset.ts";
import { hasDigest, md5 } from "./digest.ts";
import { isGzip, MARGIN_BYTES, unwrapGzip } from "./gzip.ts";
import { missingData } from "./missing_data.ts";
import { type Place, showPlace, within } from "./place.ts";
import { unpack } from "./unpack.ts";

/** Options for {@link readDataFolder}. */
interface DataFolderOptions {
  /** Whether to accept files with other checksums, or only a part of the files. */
  readonly allowUnverified: boolean;
  /** Called with a message for each file that is used without a matching checksum. */
  readonly onWarning: (message: string) => void;
  /** Datasets whose files could be in the folder by mistake. */
  readonly others: Iterable<CanonicalSet>;
}

/** A file found in the folder. */
interface FoundFile {
  readonly place: string;
  readonly bytes: Bytes;
}

type FoundFiles = ReadonlyMap<string, FoundFile>;

/**
 * Finds, decompresses, and verifies the files of a dataset.
 *
 * @throws {DatasetError} with reason `missing`, `unverified`, `permission`, or `storage`, or
 *   `invalid` for an unusual archive or the files of another dataset
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
    lacking.push(await lackOf(set, place, absent));
  }
  throw missingData(set, { details: lacking });
}

/** Finds the files by name, then the remaining ones by contents. */
async function readLoose(set: CanonicalSet, place: Place): Promise<FoundFiles> {
  const found = new Map<string, FoundFile>();
  for (const file of set.files) {
    for (const name of namesOf(file.name)) {
      const path = within(place, name);
      const bytes = await readIfThere(set, path, file.byteLength + MARGIN_BYTES);
      if (bytes === undefined) continue;
      // only gzip may be longer than its contents: report a plain file that is too long
      if (!isGzip(bytes)) await readIfThere(set, path, file.byteLength);
      found.set(file.name, {
        place: showPlace(path),
        bytes: await unwrapGzip(set.name, bytes, file.byteLength),
      });
      break;
    }
  }
  const absent = set.files.filter(({ name }) => !found.has(name));
  for (const [name, file] of await findByContent(set, place, absent)) found.set(name, file);
  return found;
}

/** Common names of a file, such as `train-images.idx3-ubyte.gz`. */
function namesOf(name: string): readonly string[] {
  const variants = [
    name,
    name.replace(/-idx(\d)-ubyte$/, ".idx$1-ubyte"),
    name.replace(/-idx(\d)-ubyte$/, ".idx$1"),
  ];
  return [...new Set(variants.flatMap((variant) => [variant, `${variant}.gz`]))];
}

/** Maximum number of files that are searched by contents. */
const MOST_FILES = 200;

async function findByContent(
  set: CanonicalSet,
  place: Place,
  absent: readonly CanonicalFile[],
): Promise<FoundFiles> {
  const found = new Map<string, FoundFile>();
  const longest = Math.max(0, ...absent.map(({ byteLength }) => byteLength));
  for (const name of (await filesIn(set, place)).slice(0, MOST_FILES)) {
    if (found.size === absent.length) break;
    const path = within(place, name);
    const bytes = await candidate(set, path, longest, absent);
    if (bytes === undefined) continue;
    for (const file of absent) {
      if (found.has(file.name) || bytes.length !== file.byteLength) continue;
      if (!await hasDigest(bytes, file.digest)) continue;
      found.set(file.name, { place: showPlace(path), bytes });
      break;
    }
  }
  return found;
}

/** The contents of a file, if it may be one of the absent files. */
async function candidate(
  set: CanonicalSet,
  path: Place,
  longest: number,
  absent: readonly CanonicalFile[],
): Promise<Bytes | undefined> {
  try {
    const { size } = await Deno.stat(path);
    const isLong = size > longest + MARGIN_BYTES;
    const isPlain = absent.some(({ byteLength }) => byteLength === size);
    if (isLong || !(isPlain || await beginsAsGzip(path))) return undefined;
    return await unwrapGzip(set.name, await readFileChecked(path), longest);
  } catch {
    return undefined; // skip an unreadable or damaged file
  }
}

async function beginsAsGzip(path: Place): Promise<boolean> {
  const file = await Deno.open(path);
  try {
    const start = new Uint8Array(4);
    return await file.read(start) === start.length && isGzip(start);
  } finally {
    file.close();
  }
}

/** The sorted names of the files in a folder; none if it does not exist. */
async function filesIn(set: CanonicalSet, place: Place): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(place === "" ? "." : place)) {
      if (!isDirectory) names.push(name);
    }
  } catch (cause) {
    const isAbsent = cause instanceof Deno.errors.NotFound ||
      cause instanceof Deno.errors.NotADirectory;
    if (isAbsent) return [];
    throw new DatasetError(
      set.name,
      `Cannot load dataset "${set.name}": ${showPlace(place)} must be readable: ${
        firstLine(cause)
      }`,
      { cause, reason: cause instanceof Deno.errors.NotCapable ? "permission" : "storage" },
    );
  }
  return names.toSorted();
}

/** Maximum number of file names in a message. */
const SHOWN_NAMES = 5;

/** Describes what a folder lacks, and what it has instead. */
async function lackOf(set: CanonicalSet, place: Place, absent: readonly CanonicalFile[]) {
  const names = absent.map(({ name }) => name).join(", ");
  if (absent.length < set.files.length) return `${showPlace(place)} has no ${names}`;
  const files = await filesIn(set, place);
  if (files.length === 0) return `${showPlace(place)} has no files`;
  const shown = files.slice(0, SHOWN_NAMES).map((name) => JSON.stringify(name)).join(", ");
  const more = files.length > SHOWN_NAMES ? ", …" : "";
  return `${showPlace(place)} has ${
    counted(files.length, "file")
  } (${shown}${more}), but none has the name or ` +
    `contents of ${names}`;
}

async function readArchive(
  set: CanonicalSet,
  place: Place,
  options: DataFolderOptions,
): Promise<FileContents | undefined> {
  const archive = set.downloads.find(({ format }) => format === "tar.gz");
  if (archive === undefined) return undefined;
  const mostBytes = set.files.reduce((sum, { byteLength }) => sum + byteLength, MARGIN_BYTES);
  const base = archive.name.replace(/\.tar\.gz$/, "");
  let path = within(place, archive.name);
  let bytes: Bytes | undefined;
  for (const ending of [".tar.gz", ".tgz", ".tar"]) {
    path = within(place, `${base}${ending}`);
    bytes = await readIfThere(set, path, mostBytes);
    if (bytes !== undefined) break;
  }
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
        `is\n  ${problems.join("\n  ")}\nIf you trust them, set allowUnverified ` +
        `(--allow-unverified)`,
      { reason: "unverified" },
    );
  }
  for (const problem of problems) onWarning(`Dataset "${set.name}" is not verified: ${problem}`);
  return new Map([...found].map(([name, { bytes }]) => [name, bytes]));
}

/** Describes the problem of a file, or returns `undefined` if there is none. */
async function problemOf(
  set: CanonicalSet,
  file: CanonicalFile,
  found: FoundFile | undefined,
  others: Iterable<CanonicalSet>,
): Promise<string | undefined> {
  if (found === undefined) return `${file.name} is missing`;
  const { bytes, place } = found;
  if (await hasDigest(bytes, file.digest)) return undefined;
  const { algorithm, hex } = file.digest;
  const sum = await sha256(bytes);
  for (const other of others) {
    const twin = other.files.find(({ digest }) => digest.hex === sum);
    if (twin !== undefined) {
      throw new DatasetError(
        set.name,
        `Cannot use ${place} for dataset "${set.name}": it must be ${file.name} of that ` +
          `dataset: current file is ${twin.name} of "${other.name}"`,
      );
    }
  }
  return `${place}: ${algorithm} must be ${hex}: current value is ` +
    `${algorithm === "MD5" ? await md5(bytes) : sum} (${bytes.length} of ${file.byteLength} bytes)`;
}
