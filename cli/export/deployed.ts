import type { Tensor } from "../../autograd/mod.ts";
import type { Normalization } from "../../datasets/mod.ts";
import { normalize } from "../../train/normalize.ts";
import { UsageError } from "../errors.ts";
import type { ExportFlags } from "./flags.ts";
import type { LoadedModel } from "./source.ts";

/** An exported file, and lines that describe it. */
export interface Exported {
  readonly bytes: Uint8Array;
  readonly summary: readonly string[];
}

/** A model as its users call it: from samples in their own form to the output that they want. */
export interface DeployedModel {
  /** [n, ...sampleShape] → [n, classes]. */
  forward(input: Tensor): Tensor;
  readonly sampleShape: readonly number[];
  readonly dtype: "u8" | "f32";
  /** Name of the output. */
  readonly output: "logits" | "probabilities";
  /** Whether it takes raw samples, and normalizes them. */
  readonly isRaw: boolean;
}

/**
 * The model with what the flags put before and behind it.
 * @throws {UsageError} if the model has no such input
 */
export function deployedModel(loaded: LoadedModel, flags: ExportFlags): DeployedModel {
  const { name, model, shape, samples, normalization } = loaded;
  const { rawInput: isRaw, softmax, layout } = flags;
  if (isRaw && normalization === undefined) {
    throw new UsageError(
      `Cannot use --raw-input with ${samples.name}: its features have no known normalization`,
    );
  }
  const isLast = layout === "nhwc";
  if (isLast && shape.length !== 3) {
    throw new UsageError(
      `Cannot use --layout nhwc with ${name}: it takes no images [channels, height, width]: current ` +
        `samples are [${shape.join(", ")}]`,
    );
  }
  return {
    forward: (input) => {
      const x = isLast ? input.permute(0, 3, 1, 2) : input;
      const features = isRaw && normalization ? normalize(x.cast("f32"), shape, normalization) : x;
      const logits = model.forward(features);
      return softmax ? logits.softmax() : logits;
    },
    sampleShape: isLast ? [...shape.slice(1), shape[0]!] : shape,
    dtype: isRaw && normalization && isOfBytes(normalization) ? "u8" : "f32",
    output: softmax ? "probabilities" : "logits",
    isRaw,
  };
}

/** Whether raw samples are bytes. Only integers from 0 to 255 are scaled. */
function isOfBytes({ scale }: Normalization): boolean {
  return scale < 1 && 1 / scale <= 255;
}

/** What the model takes, in words: raw numbers, or how to normalize them. */
export function inputRule({ isRaw }: DeployedModel): string {
  return isRaw ? "raw numbers" : "(raw * scale - mean) / std, by channel";
}
