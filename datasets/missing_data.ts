/**
 * The error for a dataset whose files are missing and cannot be downloaded.
 * @module
 */
import type { CanonicalSet } from "./canonical.ts";
import { DatasetError, type DatasetErrorReason } from "./dataset.ts";

/** The datasets that need neither a network nor your own files. */
export const shippedNames: readonly string[] = ["fashion-mnist-7x7", "digits", "synthetic"];

/** Details of the error. */
interface MissingDetails {
  /** The searched places and failures, one line each. */
  readonly details: readonly string[];
  /** Missing flags of `deno` for a download; empty if none. Absent if downloads do not apply. */
  readonly flags?: string;
  /** The reason. Default: `missing`. */
  readonly reason?: DatasetErrorReason;
  /** The underlying error. */
  readonly cause?: unknown;
}

/** Describes what is missing, where it was searched for, and how to get it. */
export function missingData(set: CanonicalSet, about: MissingDetails): DatasetError {
  const { details, flags, reason = "missing", cause } = about;
  const archives = set.downloads.filter(({ format }) => format === "tar.gz");
  const files = set.files.map(({ name }) => name).join(", ");
  const names = [
    ...archives.map(({ name }) => `${name}, or`),
    files,
    "(plain or gzipped; names do not matter if the contents match)",
  ];
  const folders = set.folders.map((folder) => `${folder}/`).join(" or ");
  const lines = [
    `Cannot load dataset "${set.name}": its files must exist locally` +
    `${flags === undefined ? "" : " or be downloaded"}: current state is`,
    ...details.map((detail) => `  ${detail}`),
    ...(flags === undefined ? [] : [adviceOn(flags)]),
    `To use your own files, set dataDir (--data-dir) to their folder. It must contain, directly or ` +
    `in ${folders}: ${names.join(" ")}`,
    `Datasets included in Gspace: ${shippedNames.join(", ")}`,
  ];
  return new DatasetError(set.name, lines.join("\n"), { reason, cause });
}

function adviceOn(flags: string): string {
  return flags === ""
    ? "The download was allowed but failed: check the network, and run the same command again"
    : `To download them, run deno with ${flags}`;
}
