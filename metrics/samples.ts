import { z } from "zod";

const sampleSchema = z.object({
  /** Path of the file, if known, or the number of the sample. */
  name: z.string(),
  label: z.string(),
  predicted: z.string().exactOptional(),
  /** A PNG file, in base64. */
  png: z.string().regex(/^[\w+/=]*$/),
});

/** An image of a run's data, with the name of its class. */
export type Sample = z.infer<typeof sampleSchema>;

/** What the samples of all optimizers have in common. */
const common = {
  /** The first training images of each class. */
  first: z.array(sampleSchema),
  /** The split of the mistakes. */
  split: z.enum(["test", "validation"]),
  /** Number of samples of the split. Runs of earlier versions do not have it. */
  count: z.number().exactOptional(),
};

const samplesSchema = z.object({
  ...common,
  /** The mistakes of each optimizer that was evaluated on the split. */
  arms: z.record(
    z.string(),
    z.object({
      /** Number of epochs of training before. Runs of earlier versions do not have it. */
      epoch: z.number().exactOptional(),
      /** Number of samples of the split that were classified wrongly. */
      wrong: z.number(),
      /** Some of these, from all classes. */
      mistakes: z.array(sampleSchema),
    }),
  ),
});

/** Images of a run's data: `samples.json`. */
export type Samples = z.infer<typeof samplesSchema>;

/** Earlier versions wrote a file for each optimizer; `wrong` is `null` if there is no split. */
const armSchema = z.object({
  ...common,
  wrong: z.number().nullable(),
  mistakes: z.array(sampleSchema),
});

type ArmSamples = z.infer<typeof armSchema>;

/** The schema of `samples.json`, of this version and of earlier ones. */
export const samplesFileSchema = samplesSchema.or(armSchema);

/** The content of a file. */
export type SamplesFile = z.infer<typeof samplesFileSchema>;

/** Paths of all files that may hold the samples of a run, relative to its folder. */
export function samplesFiles(arms: readonly string[]): readonly string[] {
  return ["", ...arms.map((arm) => `${arm}/`)].map((folder) => `${folder}samples.json`);
}

/**
 * The samples of a run with these optimizers; `undefined` if it has none.
 * @param read reads a file of its folder that matches the schema; `undefined` if there is none
 */
export async function readSamples(
  arms: readonly string[],
  read: (file: string) => Promise<SamplesFile | undefined>,
): Promise<Samples | undefined> {
  const [file, ...armFiles] = samplesFiles(arms);
  const found = await read(file!);
  if (found && "arms" in found) return found;
  // the folder of a run with one optimizer is also that of the optimizer
  const former = await Promise.all(armFiles.map((path) => found ?? read(path)));
  return combined(arms, former);
}

function combined(
  arms: readonly string[],
  files: readonly (SamplesFile | undefined)[],
): Samples | undefined {
  const former = files.map((file) => file && !("arms" in file) ? file : undefined);
  const any = former.find((file) => file !== undefined);
  if (any === undefined) return undefined;
  const { first, split, count } = any;
  return {
    ...{ first, split, ...(count !== undefined && { count }) },
    arms: Object.fromEntries(arms.flatMap((arm, i) => mistakesOf(arm, former[i]))),
  };
}

function mistakesOf(arm: string, file: ArmSamples | undefined) {
  return !file || file.wrong === null
    ? []
    : [[arm, { wrong: file.wrong, mistakes: file.mistakes }]] as const;
}
