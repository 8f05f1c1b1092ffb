import {
  FileError,
  readFileChecked,
  removeLeftovers,
  writeFileAtomic,
} from "../../checkpoint/mod.ts";
import type { Config } from "../settings/config.ts";
import { CommandError } from "../errors.ts";

/**
 * Where a job leaves its results:
 *
 *     config.json        every setting, as resolved
 *     run.json           length, device and data in words
 *     metrics.jsonl      one line for each point of the curves
 *     metrics.csv        the same as a table, if asked for
 *     results.txt        the results as they are printed
 *     report.html        curves, tables, and what G-SGD and Path-SGD do with each weight
 *     curves.svg         training loss and test error
 *     model.safetensors        the weights; with several optimizers in a folder for each
 *     checkpoints/step-….safetensors   weights, optimizer state and counters, for --resume
 *     confusion.json           at the end: counts[label][prediction] on the test split
 *     events.out.tfevents.…    metrics for TensorBoard, if asked for
 *     gsgd.json, gsgd.txt      what G-SGD does with each weight
 *     path-sgd.json, path-sgd.txt      what Path-SGD does
 */
export class RunFolder {
  /** Its path, as it was told. */
  readonly path: string;
  readonly #single: boolean;

  /** `config` says whether there is one optimizer or several. */
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

  /** Makes the folders. */
  async create(config: Config): Promise<void> {
    for (const arm of config.optimizer) await makeFolder(this.armFile(arm, "checkpoints"));
  }

  /**
   * Keeps other processes from working in the folder until the result is disposed of, also by
   * being killed, and removes what a killed one left half written.
   * @throws {CommandError} if another process is working there
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

  /** Writes a text file that is whole or not there. */
  async writeText(path: string, text: string): Promise<void> {
    await writeFileAtomic(path, new TextEncoder().encode(text));
  }
}

/** A folder for a new job: the one that was asked for, or a new one named after time and model. */
export async function chooseFolder(config: Config, model: string, now: Date): Promise<string> {
  if (config.out !== null) {
    const path = config.out.replace(/(.)[\\/]+$/, "$1");
    if (await isUsed(path)) {
      throw new CommandError(
        `Cannot put a new run in ${path}: the folder must be new or empty: use --resume ${path} ` +
          "to continue the run in it",
      );
    }
    return path;
  }
  const time = now.toISOString().replace(/\.\d+Z$/, "").replaceAll(":", "-");
  const base = `runs/${time}-${model.replace(/[^\w.-]/g, "-")}`;
  for (let n = 1;; n++) {
    const path = n === 1 ? base : `${base}-${n}`;
    if (!await isUsed(path)) return path;
  }
}

/** Is there anything at this path other than an empty folder? */
async function isUsed(path: string): Promise<boolean> {
  try {
    for await (const _entry of Deno.readDir(path)) return true;
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotADirectory) return true;
    throw folderError("read", path, error);
  }
}

async function lockFolder(path: string): Promise<Disposable> {
  // Windows opens no folders: there, nothing keeps two processes apart
  if (Deno.build.os === "windows") return { [Symbol.dispose]: () => {} };
  const folder = await Deno.open(path, { read: true });
  if (await folder.tryLock(true)) return folder;
  folder.close();
  throw new CommandError(`Cannot use the folder ${path}: another process is training in it`);
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw folderError("make", path, error);
  }
}

function folderError(action: string, path: string, cause: unknown): CommandError {
  const reason = cause instanceof Deno.errors.NotCapable
    ? "permission is not granted: run deno with --allow-read and --allow-write for it"
    : cause instanceof Error
    ? cause.message.split("\n")[0]
    : String(cause);
  return new CommandError(`Cannot ${action} the folder ${path}: ${reason}`, { cause });
}

/** Says that there is no run if a folder has no config. */
export async function checkRunFolder(path: string, action = "resume"): Promise<void> {
  try {
    await readFileChecked(`${path}/config.json`);
  } catch (cause) {
    if (!(cause instanceof FileError) || cause.reason !== "not found") throw cause;
    throw new CommandError(
      `Cannot ${action} ${path}: there is no run in it: config.json is missing`,
      {
        cause,
      },
    );
  }
}
