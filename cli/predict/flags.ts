import { z } from "zod";
import { common, weightsOfRun } from "../flags/common.ts";
import { parseFlags, type Values } from "../flags/parse_flags.ts";
import type { CommandHelp } from "../flags/help.ts";
import { essential, optional, setting, toggle } from "../flags/setting.ts";
import { folder } from "../flags/values.ts";
import { UsageError } from "../errors.ts";

const settings = {
  run: essential(optional(folder)`the run whose model predicts; required`),
  ...weightsOfRun,
  top: essential(
    setting(z.int().positive().max(1000).default(3))`number of most probable classes to print`,
    "number of classes to print",
  ),
  json: essential(toggle`print the results as JSON`, "print JSON"),
  ...common,
};

/** The command line of `predict`. */
export interface PredictRequest extends Omit<Values<typeof settings>, "help" | "run"> {
  readonly run: string;
  /** Files and folders. */
  readonly paths: readonly string[];
}

/**
 * Reads the arguments of `predict`.
 * @throws {UsageError} if a flag is unknown or invalid, or the run or the images are missing
 */
export function parsePredictFlags(args: readonly string[]): PredictRequest {
  const { values, rest } = parseFlags(settings, args, { positional: true });
  const { run } = values;
  if (run !== null && rest.length > 0) return { ...values, run, paths: rest };
  throw new UsageError(
    `Cannot predict: ${
      run === null ? "--run FOLDER is" : "files or folders of images are"
    } required`,
  );
}

/** What `predict --help` says. */
export const predictHelp: CommandHelp = {
  about: [
    "Prints the most probable classes of your own images, with their probabilities. Images are " +
    "resized and converted to gray or color as the model needs them; the output says when they are " +
    "resized.",
  ],
  usage: ["deno task predict --run FOLDER [flags] PATH…"],
  operands: { title: "Images", rows: [["PATH…", "PNG and JPEG images, and folders of them"]] },
  groups: [{ title: "Flags", settings }],
  examples: [
    "deno task predict --run result holiday.jpg",
    "deno task predict --run result --best --top 5 --json new-photos",
  ],
  exitCodes: "0 done, 1 failed, 2 invalid flags.",
};
