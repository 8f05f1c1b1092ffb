import { CommandError } from "../../cli/errors.ts";
import { readJson } from "../../cli/files.ts";
import { type Summary, summarySchema } from "../summary.ts";

/**
 * Reads the summary of a reproduction.
 * @throws {CommandError} naming the file and what is wrong with it
 */
export async function readSummary(path: string): Promise<Summary> {
  const summary = await readJson(path, summarySchema, "the summary of a reproduction");
  if (summary) return summary;
  throw new CommandError(`Cannot read ${path}: it does not exist`);
}
