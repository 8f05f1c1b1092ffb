import { firstLine } from "../graph/first_line.ts";
import { parseJson } from "../checkpoint/mod.ts";
import {
  readSamples,
  type Samples,
  type SamplesFile,
  samplesFiles,
  samplesFileSchema,
} from "../metrics/samples.ts";
import type { RunInfo } from "./find_runs.ts";

/** Images of a run, as its `samples.json` has them, which another process may replace. */
export class RunSamples {
  readonly #folder: string;
  readonly #arms: readonly string[];
  #stamp = "";
  #samples: Samples | undefined;
  #version = 0;

  /** Reads nothing until `poll`. */
  constructor({ id, arms }: Pick<RunInfo, "id" | "arms">) {
    this.#folder = id;
    this.#arms = arms;
  }

  /** The images; `undefined` if the run has none yet. */
  get samples(): Samples | undefined {
    return this.#samples;
  }

  /** Number of times that the images have changed. */
  get version(): number {
    return this.#version;
  }

  /**
   * Reads the images again if a file has changed. Resolves to whether there is anything new.
   * @throws {Error} naming a file that cannot be read, once for each change of it
   */
  async poll(): Promise<boolean> {
    const stamps = samplesFiles(this.#arms).map((file) => stampOf(`${this.#folder}/${file}`));
    const stamp = (await Promise.all(stamps)).join();
    if (stamp === this.#stamp) return false;
    this.#stamp = stamp;
    const before = this.#samples;
    this.#samples = await readSamples(this.#arms, (file) => readFile(`${this.#folder}/${file}`));
    if (before === undefined && this.#samples === undefined) return false;
    this.#version++;
    return true;
  }
}

async function stampOf(path: string): Promise<string> {
  const stat = await Deno.stat(path).catch(missing);
  return stat ? `${stat.ino} ${stat.size} ${stat.mtime?.getTime()}` : "";
}

async function readFile(path: string): Promise<SamplesFile | undefined> {
  const text = await Deno.readTextFile(path).catch(missing);
  if (text === undefined) return undefined;
  try {
    return samplesFileSchema.parse(parseJson(text));
  } catch (cause) {
    throw new Error(`${path} is not what a run writes: ${firstLine(cause)}`, { cause });
  }
}

/** Ignores a file that does not exist. */
function missing(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
  throw error;
}
