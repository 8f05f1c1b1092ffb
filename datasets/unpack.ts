/**
 * Unpacks downloaded files.
 * @module
 */
import type { Bytes, CanonicalSet, DownloadFile, FileContents } from "./canonical.ts";
import { DatasetError } from "./dataset.ts";
import { unwrapGzip, unwrappedChunks } from "./gzip.ts";
import { isTar, TarReader } from "./tar.ts";

/**
 * Decompresses a downloaded file and extracts the files of the dataset, in memory.
 *
 * @throws {DatasetError} if it is not gzip, or the archive is unusual or lacks a file
 */
export async function unpack(
  set: CanonicalSet,
  { name, format }: Pick<DownloadFile, "name" | "format">,
  bytes: Bytes,
): Promise<FileContents> {
  if (format === "tar.gz") return await unpackArchive(set, bytes);
  const file = set.files.find((candidate) => `${candidate.name}.gz` === name);
  if (file === undefined) throw new Error(`Internal: no file of ${set.name} is packed in ${name}`);
  return new Map([[file.name, await unwrapGzip(set.name, bytes, file.byteLength)]]);
}

async function unpackArchive(set: CanonicalSet, bytes: Bytes): Promise<FileContents> {
  const prefix = set.archiveFolder === undefined ? "" : `${set.archiveFolder}/`;
  const reader = new TarReader({
    dataset: set.name,
    members: new Map(set.files.map(({ name, byteLength }) => [`${prefix}${name}`, byteLength])),
  });
  const mostBytes = set.files.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (isTar(bytes)) reader.push(bytes);
  else for await (const chunk of unwrappedChunks(set.name, bytes, mostBytes)) reader.push(chunk);
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
