import { parseJson, readFileChecked } from "../../checkpoint/mod.ts";
import { CommandError } from "../../cli/errors.ts";
import { firstLine } from "../../graph/first_line.ts";
import { type Summary, summarySchema } from "../summary.ts";

/**
 * Reads the summary of a reproduction.
 * @throws {CommandError} naming the file and what is wrong with it
 */
export async function readSummary(path: string): Promise<Summary> {
  const bytes = await readFileChecked(path);
  let data: unknown;
  try {
    data = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new CommandError(`Cannot report on ${path}: it must be JSON: ${firstLine(cause)}`, {
      cause,
    });
  }
  const result = summarySchema.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  throw new CommandError(
    `Cannot report on ${path}: it is not the summary of a reproduction${where}: ${issue?.message}`,
  );
}
