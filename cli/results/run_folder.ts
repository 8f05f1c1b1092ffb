import { removeLeftovers } from "../../checkpoint/mod.ts";
import { trimSlashes } from "../../checkpoint/trim_slashes.ts";
import { CommandError } from "../errors.ts";
import { folderError, makeFolder } from "../files.ts";
import type { Config } from "../settings/config.ts";

/**
 * The folder with the results of a job:
 *
 *     config.json        every setting, as resolved
 *     run.json           format, length, device, and data in words
 *     metrics.jsonl      one line for each point of the curves
 *     metrics.csv        the same as a table, with --log csv
 *     results.txt        the printed results
 *     report.html        curves, tables, and how G-SGD and Path-SGD treat each weight
 *     curves.svg         training loss and test error
 *     samples.json       images of the data and mistakes, for the report and the live page
 *     model.safetensors        the weights; with several optimizers, one folder for each
 *     checkpoints/step-….safetensors   weights, optimizer state, and counters, for --resume
 *     confusion.json           at the end: counts[label][prediction] on the test split
 *     events.out.tfevents.…    metrics for TensorBoard, with --log tensorboard
 *     gsgd.json, gsgd.txt      how G-SGD treats each weight
 *     skeleton.json            the first units of each layer and their skeleton, for the report
 *     path-sgd.json, path-sgd.txt      how Path-SGD treats each weight
 */
export class RunFolder {
  /** Its path, as given. */
  readonly path: string;
  readonly #single: boolean;

  /** The number of optimizers in `config` decides the layout. */
  constructor(path: string, { optimizer }: Pick<Config, "optimizer">) {
    this.path = path;
    this.#single = optimizer.length === 1;
  }

  /** Path of a file of the job. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Path of the folder of one optimizer. */
  armFolder(arm: string): string {
    return this.#single ? this.path : this.file(arm);
  }

  /** Path of a file of one optimizer. */
  armFile(arm: string, name: string): string {
    return `${this.armFolder(arm)}/${name}`;
  }

  /** Creates the folders. */
  async create(config: Config): Promise<void> {
    for (const arm of config.optimizer) await makeFolder(this.armFile(arm, "checkpoints"));
  }

  /**
   * Locks the folder until the result is disposed or the process ends, and removes partly written
   * files of a killed process.
   * @throws {CommandError} if another process has locked the folder
   */
  async claim(config: Config): Promise<Disposable> {
    const lock = await lockFolder(this.path);
    const folders = [this.path];
    for (const arm of config.optimizer) {
      folders.push(this.armFolder(arm), this.armFile(arm, "checkpoints"));
    }
    for (const folder of new Set(folders)) await removeLeftovers(folder);
    return lock;
  }
}

/**
 * The folder of a new job: the given one, or one in runs/ named by `--name` or after time and model.
 * @throws {CommandError} if the given or named folder is in use
 */
export async function chooseFolder(config: Config, model: string, now: Date): Promise<string> {
  if (config.out !== null) {
    const path = trimSlashes(config.out);
    const use = await useOf(path);
    if (use !== undefined) {
      throw new CommandError(
        `Cannot put a new run in ${path}: the folder must be new or empty: ` +
          (use === "file" ? IS_FILE : `use --resume ${path} to continue the run in it`),
      );
    }
    return path;
  }
  if (config.name !== null) {
    const path = `runs/${config.name}`;
    const use = await useOf(path);
    if (use === undefined) return path;
    throw new CommandError(
      `Cannot name a new run "${config.name}": the folder ${path} must be new or empty: ` +
        (use === "file"
          ? IS_FILE
          : `use another --name, or --resume ${path} to continue the run in it`),
    );
  }
  const time = now.toISOString().replace(/\.\d+Z$/, "").replaceAll(":", "-");
  const base = `runs/${time}-${model.replace(/[^\w.-]/g, "-")}`;
  for (let n = 1;; n++) {
    const path = n === 1 ? base : `${base}-${n}`;
    if (await useOf(path) === undefined) return path;
  }
}

const IS_FILE = "it is a file, or inside of one";

/** What is at this path other than an empty folder, if anything. */
async function useOf(path: string): Promise<"folder" | "file" | undefined> {
  try {
    for await (const _entry of Deno.readDir(path)) return "folder";
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return "file";
    throw folderError("read", path, error);
  }
}

async function lockFolder(path: string): Promise<Disposable> {
  // Windows cannot open folders, so nothing is locked there
  if (Deno.build.os === "windows") return { [Symbol.dispose]: () => {} };
  const folder = await Deno.open(path, { read: true });
  if (await folder.tryLock(true)) return folder;
  folder.close();
  throw new CommandError(`Cannot use the folder ${path}: another process is training in it`);
}
