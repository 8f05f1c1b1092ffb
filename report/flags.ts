import { common } from "../cli/flags/common.ts";
import { defineFlags } from "../cli/flags/define_flags.ts";
import { setting } from "../cli/flags/setting.ts";
import { folder, trimSlashes } from "../cli/flags/values.ts";

/** The flags of `report`. */
export const flagSettings = {
  out: setting(folder.default("runs/site"), "folder for index.html and one folder per result"),
  ...common,
};

const flags = defineFlags(flagSettings, { positional: true });

/** The parsed command line. */
export interface Request {
  /** Folders to search for results; empty if none are given. */
  readonly folders: readonly string[];
  /** Folder to write the site to. */
  readonly out: string;
}

/**
 * Parses the command line.
 * @throws {UsageError} if a flag is unknown or its value is invalid
 */
export function parseRequest(args: readonly string[]): Request {
  const { values: { out }, rest } = flags.parse(args);
  return { folders: rest.map(trimSlashes), out: trimSlashes(out) };
}
