import type { Normalization } from "../../datasets/mod.ts";
import type { ArmRun } from "../training/arm_run.ts";
import { CommandError } from "../errors.ts";
import type { RunFolder } from "../results/run_folder.ts";
import { CheckpointClock } from "./clock.ts";
import { checkSettings } from "./fixed_settings.ts";
import { type KeptCheckpoint, KeptCheckpoints } from "./kept.ts";
import { parseProgress, type ResumePoint } from "./progress.ts";
import {
  matchTensors,
  readTensors,
  restoreSnapshot,
  type Snapshot,
  writeTensors,
} from "./tensor_files.ts";

/** Prefix of the names of the best weights in a checkpoint. */
const BEST = "best.";

/** Format of checkpoints. Runs with earlier ones drew batches with another generator. */
const FORMAT = "gspace checkpoint 3";

/** Options for the files of an arm. */
interface ArmFilesOptions {
  /** Name of the model. */
  readonly model: string;
  /** Number of checkpoints to keep. */
  readonly keep: number;
  /** Steps between checkpoints; `null`: based on time. */
  readonly every: number | null;
  /** The names of its classes; empty if they have none. */
  readonly classNames: readonly string[];
  /** How raw values of the dataset become features. */
  readonly normalization: Normalization;
  /** Settings that must not change when the run is resumed, by name. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether nothing is written: of several ranks, the first one writes. */
  readonly isReadOnly: boolean;
}

/**
 * The weights and checkpoints of an arm in the run folder. A checkpoint holds everything that the
 * other files are made from, and is written first. After a crash, the other files may be older;
 * resuming the run writes them again.
 */
export class ArmFiles {
  readonly run: ArmRun;
  readonly checkpoints: KeptCheckpoints;
  readonly clock: CheckpointClock;
  readonly #folder: RunFolder;
  readonly #options: ArmFilesOptions;
  /** Last written step of the checkpoint, and of the files made from it. */
  #written = { checkpoint: -1, models: -1 };

  /** Creates the files of an arm. */
  constructor(run: ArmRun, folder: RunFolder, options: ArmFilesOptions) {
    this.run = run;
    this.clock = new CheckpointClock(options.every);
    this.#folder = folder;
    this.#options = options;
    this.checkpoints = new KeptCheckpoints(folder.armFolder(run.arm.name));
  }

  /** Path of the last valid weights. */
  get modelPath(): string {
    return this.#folder.armFile(this.run.arm.name, "model.safetensors");
  }

  /** Writes the last valid point, unless it is already written. */
  async save(): Promise<void> {
    const { lastGood: point } = this.run;
    if (this.#options.isReadOnly || !point || point.step === this.#written.models) return;
    if (point.step !== this.#written.checkpoint) await this.#writeCheckpoint(point);
    await this.#writeModels(point);
    this.#written = { checkpoint: point.step, models: point.step };
    await this.checkpoints.keepLast(this.#options.keep);
    this.clock.written();
  }

  async #writeCheckpoint(point: ResumePoint): Promise<void> {
    const { name, runner, model } = this.run.arm;
    const { values, bestValues = new Map(), ...progress } = point;
    const best = bestValues.size > 0 ? prefixed(model.state()) : [];
    await writeTensors(
      this.checkpoints.pathOf(point.step),
      new Map([...runner.state(), ...best]),
      new Map([...values, ...prefixed(bestValues)]),
      {
        format: FORMAT,
        optimizer: name,
        ...classMetadata(this.#options.classNames),
        settings: JSON.stringify(this.#options.settings),
        progress: JSON.stringify(progress),
      },
    );
  }

  async #writeModels({ step, values, bestValues, selection: { best } }: ResumePoint) {
    await this.#writeModel("model.safetensors", values, { step: `${step}` });
    if (!best || !bestValues) return;
    const about = { step: `${best.step}`, validationError: `${best.validationError}` };
    await this.#writeModel("best.safetensors", bestValues, about);
  }

  /**
   * Restores the arm from a checkpoint.
   * @throws {CommandError} if it is not a checkpoint of this arm, model, and settings
   */
  async load({ step, path }: KeptCheckpoint): Promise<void> {
    const { arm } = this.run;
    const { tensors, metadata } = await readTensors(path);
    const format = metadata.get("format") ?? "";
    if (format.startsWith("gspace checkpoint ") && format !== FORMAT) {
      throw new CommandError(
        `Cannot resume from ${path}: another version of Gspace wrote it, with another random ` +
          "number generator: use that version, or start a new run",
      );
    }
    const progress = parseProgress(metadata.get("progress"));
    if (format !== FORMAT || progress?.step !== step || metadata.get("optimizer") !== arm.name) {
      throw new CommandError(`Cannot resume from ${path}: it is not a checkpoint of ${arm.name}`);
    }
    checkSettings(path, metadata.get("settings") ?? "", this.#options.settings);
    const isBest = ([name]: readonly [string, unknown]) => name.startsWith(BEST);
    const all = [...tensors];
    const state = arm.runner.state();
    const values = matchTensors(path, new Map(all.filter((entry) => !isBest(entry))), state);
    const best = new Map(
      all.filter(isBest).map(([name, tensor]) => [name.slice(BEST.length), tensor]),
    );
    const bestValues = best.size > 0 ? matchTensors(path, best, arm.model.state()) : undefined;
    restoreSnapshot(state, values);
    await this.run.resumeFrom(progress, bestValues);
    this.#written = { checkpoint: step, models: -1 };
  }

  async #writeModel(
    file: string,
    values: Snapshot,
    about: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { arm: { name, model } } = this.run;
    const { normalization, classNames } = this.#options;
    const metadata = {
      format: "gspace model 2",
      model: this.#options.model,
      ...(changes(normalization) && { normalization: JSON.stringify(normalization) }),
      ...classMetadata(classNames),
      ...about,
    };
    await writeTensors(this.#folder.armFile(name, file), model.state(), values, metadata);
  }
}

/** The metadata that names the classes, if they have names. */
function classMetadata(classNames: readonly string[]): { readonly classNames?: string } {
  return classNames.length > 0 ? { classNames: JSON.stringify(classNames) } : {};
}

function changes({ scale, mean, std }: Normalization): boolean {
  return scale !== 1 || mean.some((center) => center !== 0) || std.some((spread) => spread !== 1);
}

function prefixed<T>(map: ReadonlyMap<string, T>): (readonly [string, T])[] {
  return [...map].map(([name, value]) => [BEST + name, value] as const);
}
