import { z } from "zod";
import { CommandError } from "../errors.ts";
import { readJson, readText } from "../files.ts";

/** The name of the file that holds the summary of a run. */
export const RUN_FILE = "run.json";

/**
 * Format of the folder of a run. Runs of other formats cannot be read: those without a format drew
 * batches with another random number generator, and had other names of settings.
 */
export const RUN_FORMAT = 2;

const dataSchema = z.object({
  /** Name of the dataset. */
  name: z.string(),
  /** `[channels, height, width]` for images. */
  sampleShape: z.array(z.int().positive()).min(1),
  classes: z.int().positive(),
  /** Empty if the classes have no names. */
  classNames: z.array(z.string()),
  /** Number of samples of each split. */
  counts: z.object({
    train: z.int().nonnegative(),
    validation: z.int().nonnegative(),
    test: z.int().nonnegative(),
  }),
  source: z.string(),
});

/** What a run was trained on. */
export type RunDataset = z.infer<typeof dataSchema>;

const summarySchema = z.object({
  format: z.literal(RUN_FORMAT),
  title: z.string(),
  /** Length, device, and data, in one sentence each. */
  facts: z.array(z.string()),
  /** When it was started, in ISO 8601 and UTC. Runs of earlier versions do not have it. */
  started: z.iso.datetime().exactOptional(),
  /** Number of processes that trained together, if there were several. */
  ranks: z.int().min(2).exactOptional(),
  /** The optimizers, and their initial weights in words. */
  arms: z.array(z.object({ name: z.string(), initialWeights: z.string() })),
  /** Runs of earlier versions do not have it. */
  data: dataSchema.exactOptional(),
});

/** What `run.json` says of a run as a whole. */
export type RunSummary = z.infer<typeof summarySchema>;

/**
 * Reads the summary of the run in a folder. `action` is for the error: "resume".
 * @throws {CommandError} if the folder holds no run, or another version wrote it
 */
export async function readRunSummary(path: string, action: string): Promise<RunSummary> {
  if (await readText(`${path}/config.json`) === undefined) {
    throw new CommandError(
      `Cannot ${action} ${path}: the folder holds no run: config.json is missing`,
    );
  }
  const file = `${path}/${RUN_FILE}`;
  const stored = await readJson(file, z.looseObject({}));
  if (stored?.format === RUN_FORMAT) return (await readJson(file, summarySchema))!;
  throw new CommandError(
    `Cannot ${action} ${path}: another version of Gspace wrote it, with another random number ` +
      "generator and other names of settings: use that version, or start a new run",
  );
}
