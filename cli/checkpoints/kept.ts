import { CommandError } from "../errors.ts";

/** A checkpoint in a run folder. */
export interface KeptCheckpoint {
  /** Number of steps done. */
  readonly step: number;
  readonly path: string;
}

/** The most recent checkpoints of one arm: `checkpoints/step-00001200.safetensors`. */
export class KeptCheckpoints {
  readonly #folder: string;

  /** The checkpoints in the folder of an arm. */
  constructor(armFolder: string) {
    this.#folder = `${armFolder}/checkpoints`;
  }

  /** The path of the checkpoint after `step` steps. */
  pathOf(step: number): string {
    return `${this.#folder}/step-${String(step).padStart(8, "0")}.safetensors`;
  }

  /** Lists all checkpoints, oldest first. */
  async list(): Promise<KeptCheckpoint[]> {
    const names = await namesIn(this.#folder);
    const found = names.flatMap((name) => {
      const step = /^step-(\d+)\.safetensors$/.exec(name)?.[1];
      return step === undefined ? [] : [{ step: Number(step), path: `${this.#folder}/${name}` }];
    });
    return found.toSorted((a, b) => a.step - b.step);
  }

  /**
   * Finds the checkpoint after `from` steps, or the newest; `undefined` if there are none.
   * @throws {CommandError} if there is no checkpoint after exactly `from` steps
   */
  async choose(from: number | undefined): Promise<KeptCheckpoint | undefined> {
    const all = await this.list();
    if (from === undefined) return all.at(-1);
    const chosen = all.find(({ step }) => step === from);
    if (chosen) return chosen;
    const steps = all.map(({ step }) => step).join(", ") || "none";
    throw new CommandError(
      `Cannot resume from step ${from}: ${this.#folder} must have a checkpoint of this step: ` +
        `current steps are ${steps}`,
    );
  }

  /** Removes all but the newest `count` checkpoints. Call it after writing one. */
  async keepLast(count: number): Promise<void> {
    for (const { path } of (await this.list()).slice(0, -count)) await Deno.remove(path);
  }

  /** Removes the checkpoints after `step`, because those steps run again. */
  async removeAfter(step: number): Promise<void> {
    for (const kept of await this.list()) if (kept.step > step) await Deno.remove(kept.path);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
