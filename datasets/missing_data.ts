/**
 * What to say when a dataset's files are not here and cannot be fetched.
 * @module
 */
import type { CanonicalSet } from "./canonical.ts";
import { DatasetError, type DatasetErrorReason } from "./dataset.ts";

/** The datasets that need neither network nor files of yours. */
export const shippedNames: readonly string[] = ["fashion-mnist-7x7", "digits", "synthetic"];

/** What was tried. */
export interface MissingDetails {
  /** Where the files are not, and why they could not be had; one line each. */
  readonly details: readonly string[];
  /**
   * Flags of `deno` that a download takes, empty if it has them all; without it, a download was not
   * the question.
   */
  readonly flags?: string;
  /** `missing` if left out. */
  readonly reason?: DatasetErrorReason;
  /** The error behind it. */
  readonly cause?: unknown;
}

/** Says what is missing, where it was looked for, and the three ways on. */
export function missingData(set: CanonicalSet, about: MissingDetails): DatasetError {
  const { details, flags, reason = "missing", cause } = about;
  const archives = set.downloads.filter(({ format }) => format === "tar.gz");
  const files = set.files.map(({ name }) => name).join(", ");
  const names = [
    ...archives.map(({ name }) => `${name}, or`),
    files,
    "(plain or gzip, or under any names if their contents are right)",
  ];
  const folders = set.folders.map((folder) => `${folder}/`).join(" or ");
  const lines = [
    `Cannot load dataset "${set.name}": its files must be here` +
    `${flags === undefined ? "" : " or be downloaded"}: current state is`,
    ...details.map((detail) => `  ${detail}`),
    ...(flags === undefined ? [] : [adviceOn(flags)]),
    `To use files that you have, give their folder as dataDir (--data-dir). It must hold, itself ` +
    `or in ${folders}: ${names.join(" ")}`,
    `Datasets that need neither: ${shippedNames.join(", ")}`,
  ];
  return new DatasetError(set.name, lines.join("\n"), { reason, cause });
}

function adviceOn(flags: string): string {
  return flags === ""
    ? "The download was allowed and failed: check the network, and run the same command again"
    : `To download them, run deno with ${flags}`;
}
