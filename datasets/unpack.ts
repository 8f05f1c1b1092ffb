/**
 * From a file as it is downloaded to the files of the dataset.
 * @module
 */
import type {
  Bytes,
  CanonicalFile,
  CanonicalSet,
  DownloadFile,
  FileContents,
} from "./canonical.ts";
import { DatasetError } from "./dataset.ts";
import { gunzipAtMost, gunzipChunks } from "./gzip.ts";
import { TarReader } from "./tar.ts";

/**
 * Decompresses a downloaded file and takes the dataset's files out of it, in memory.
 *
 * @throws {DatasetError} if it is not gzip, or the archive is not plain or lacks a file
 */
export async function unpack(
  set: CanonicalSet,
  { name, format }: Pick<DownloadFile, "name" | "format">,
  bytes: Bytes,
): Promise<FileContents> {
  if (format === "tar.gz") return await unpackArchive(set, bytes);
  const file = set.files.find((candidate) => `${candidate.name}.gz` === name);
  if (file === undefined) throw new Error(`Internal: no file of ${set.name} is packed in ${name}`);
  return new Map([[file.name, await gunzipFile(set, file, bytes)]]);
}

/** Decompresses one file, to at most its canonical length. */
export async function gunzipFile(
  set: CanonicalSet,
  file: CanonicalFile,
  bytes: Bytes,
): Promise<Bytes> {
  return await gunzipAtMost(set.name, bytes, file.byteLength);
}

async function unpackArchive(set: CanonicalSet, bytes: Bytes): Promise<FileContents> {
  const prefix = set.archiveFolder === undefined ? "" : `${set.archiveFolder}/`;
  const reader = new TarReader({
    dataset: set.name,
    members: new Map(set.files.map(({ name, byteLength }) => [`${prefix}${name}`, byteLength])),
  });
  for await (const chunk of gunzipChunks(set.name, bytes)) reader.push(chunk);
  const members = reader.end();
  const files = new Map<string, Bytes>();
  for (const { name, optional = false } of set.files) {
    const member = members.get(`${prefix}${name}`);
    if (member !== undefined) files.set(name, member);
    else if (!optional) {
      throw new DatasetError(
        set.name,
        `Cannot read the archive of dataset "${set.name}": it must hold "${prefix}${name}": ` +
          `current names are ${[...members.keys()].join(", ") || "others"}`,
      );
    }
  }
  return files;
}
