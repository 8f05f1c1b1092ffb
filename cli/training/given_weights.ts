import {
  decodeNpz,
  formatLoadReport,
  loadStateDict,
  NpyError,
  readFileChecked,
  StateDictError,
  type TensorData,
} from "../../checkpoint/mod.ts";
import type { Module } from "../../layers/mod.ts";
import { readTensors } from "../checkpoints/tensor_files.ts";
import type { Config } from "../settings/config.ts";
import { CommandError } from "../errors.ts";

/** The settings for loading weights from a file. */
type WeightSettings = Pick<Config, "weights" | "weightsPartial" | "weightsPrefix">;

/** Weights from a file, for one or several models of the same kind. */
export class GivenWeights {
  readonly #path: string;
  readonly #tensors: ReadonlyMap<string, TensorData>;
  readonly #settings: WeightSettings;
  #report: string | undefined;

  constructor(path: string, tensors: ReadonlyMap<string, TensorData>, settings: WeightSettings) {
    this.#path = path;
    this.#tensors = tensors;
    this.#settings = settings;
  }

  /** What was converted or ignored, in words; `undefined` if nothing was. */
  get report(): string | undefined {
    return this.#report;
  }

  /**
   * Loads the weights into a model.
   * @throws {CommandError} if names or shapes do not fit
   */
  load(model: Module): void {
    const { weightsPartial, weightsPrefix } = this.#settings;
    const options = { strict: !weightsPartial, prefix: weightsPrefix ?? "" };
    try {
      const report = loadStateDict(model, this.#tensors, options);
      const remarkable = weightsPartial || report.ignored.length + report.converted.size > 0;
      if (remarkable) this.#report = `weights of ${this.#path}: ${formatLoadReport(report)}`;
    } catch (cause) {
      if (!(cause instanceof StateDictError)) throw cause;
      throw new CommandError(`Cannot use ${this.#path}: ${cause.message}${remedyFor(cause)}`, {
        cause,
      });
    }
  }
}

function remedyFor({ report: { suggestedPrefix, loaded, missing } }: StateDictError): string {
  if (suggestedPrefix !== undefined) return `: use --weights-prefix ${suggestedPrefix}`;
  const some = loaded.length > 0 && missing.length < loaded.length;
  return some ? `: use --weights-partial to load the ${loaded.length} that fit` : "";
}

/** Reads the file of the setting `weights`, if it is given. */
export async function readGivenWeights(
  settings: WeightSettings,
): Promise<GivenWeights | undefined> {
  const { weights } = settings;
  if (weights === null) return undefined;
  return new GivenWeights(weights, await readTensorFile(weights), settings);
}

/**
 * Reads the tensors of a `.safetensors` file, or of an `.npz` file.
 * @throws {CommandError} if the file is broken
 */
export async function readTensorFile(path: string): Promise<ReadonlyMap<string, TensorData>> {
  if (!path.toLowerCase().endsWith(".npz")) return (await readTensors(path)).tensors;
  try {
    return await decodeNpz(await readFileChecked(path));
  } catch (cause) {
    if (!(cause instanceof NpyError)) throw cause;
    throw new CommandError(`Cannot read ${path}: ${cause.message}`, { cause });
  }
}
