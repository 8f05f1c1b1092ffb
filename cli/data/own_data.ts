import {
  type Dataset,
  datasetNames,
  type DatasetWithValidation,
  loadCsvDataset,
  loadImageFolder,
  loadNpzDataset,
  loadSafetensorsDataset,
} from "../../datasets/mod.ts";
import type { Display } from "../display.ts";
import { UsageError } from "../errors.ts";
import { flagName } from "../flags/setting.ts";
import { warn } from "../output.ts";
import type { Config } from "../settings/config.ts";
import { withoutNull } from "../settings/without_null.ts";

/** A format of your own data. */
interface Format {
  /** What it is, for messages. */
  readonly what: string;
  /** Whether a path has this format. */
  readonly fits: (path: string) => boolean;
  /** The settings that apply to it, and not to datasets with a name. */
  readonly settings: readonly (keyof Config)[];
  readonly load: (
    path: string,
    config: Config,
    display: Display,
  ) => Promise<Dataset | DatasetWithValidation>;
}

/** Whether a path ends in this way, in any case, as in `DATA.CSV`. */
function endsWith(ending: string): (path: string) => boolean {
  return (path) => path.toLowerCase().endsWith(ending);
}

/** The settings of all formats. */
const testSettings = ["testDataset", "testSplit"] as const;

/** The formats; a path without a known ending is a folder. */
const formats: readonly Format[] = [
  {
    what: ".csv dataset",
    fits: endsWith(".csv"),
    settings: [...testSettings, "labelColumn"],
    load: (path, { labelColumn, testDataset }) =>
      loadCsvDataset(path, withoutNull({ labelColumn, test: testDataset })),
  },
  {
    what: ".npz dataset",
    fits: endsWith(".npz"),
    settings: [...testSettings, "layout"],
    load: (path, config) => loadNpzDataset(path, tensorOptions(config)),
  },
  {
    what: ".safetensors dataset",
    fits: endsWith(".safetensors"),
    settings: [...testSettings, "layout"],
    load: (path, config) => loadSafetensorsDataset(path, tensorOptions(config)),
  },
  {
    what: "folder of images",
    fits: () => true,
    settings: [...testSettings, "size", "channels", "skipBadFiles"],
    load: async (path, { size, channels, skipBadFiles, testDataset }, display) => {
      await mustBeFolder(path);
      return await loadImageFolder(path, {
        skipBadFiles,
        ...withoutNull({
          size: size === null ? null : sizeOf(size),
          channels: channels === null ? null : channels === "gray" ? 1 : 3,
          test: testDataset,
        }),
        onWarning: warn,
        onProgress: ({ done, total }) =>
          display.show(() => ({ done, total, text: `reading images  ${done} of ${total}` })),
      });
    },
  },
];

async function mustBeFolder(path: string): Promise<void> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isFile) return;
  throw new UsageError(
    `Cannot use --dataset ${path}: it must be a folder of images, or a file that ends in .csv, ` +
      ".npz, or .safetensors",
  );
}

function tensorOptions({ classes, testDataset, layout }: Config) {
  return withoutNull({ classes, test: testDataset, layout });
}

/** Width and height of a setting such as "32" or "48x32". */
function sizeOf(size: string): { readonly width: number; readonly height: number } {
  const [width = 0, height = width] = size.split("x").map(Number);
  return { width, height };
}

/** Whether a dataset is a file or folder of the user. */
export function isOwnData(name: string): boolean {
  return !datasetNames.includes(name);
}

/** Loads a file or folder of the user. */
export async function loadOwnData(
  path: string,
  config: Config,
  display: Display,
): Promise<Dataset | DatasetWithValidation> {
  return await formatOf(path).load(path, config, display);
}

function formatOf(path: string): Format {
  return formats.find(({ fits }) => fits(path))!;
}

/**
 * Checks that the given settings apply to the dataset.
 * @throws {UsageError} naming the one that does not
 */
export function checkOwnSettings(name: string, config: Config): void {
  const format = isOwnData(name) ? formatOf(name) : undefined;
  for (const setting of new Set(formats.flatMap(({ settings }) => settings))) {
    if (config[setting] === null || config[setting] === false) continue;
    if (format?.settings.includes(setting)) continue;
    const owners = formats.filter(({ settings }) => settings.includes(setting));
    const list = owners.length === formats.length
      ? "your own data"
      : owners.map(({ what }) => `a ${what}`).join(" or ");
    throw new UsageError(
      `Cannot use --${flagName(setting)} with --dataset ${name}: it belongs to ${list}`,
    );
  }
}
