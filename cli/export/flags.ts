import { z } from "zod";
import { common, weightsOfRun } from "../flags/common.ts";
import { parseFlags, type Values } from "../flags/parse_flags.ts";
import type { CommandHelp } from "../flags/help.ts";
import { essential, optional, setting, toggle } from "../flags/setting.ts";
import { file, folder, text } from "../flags/values.ts";
import { configSchema } from "../settings/config.ts";

/** The formats of the file. */
export const formats = ["onnx", "program", "npz", "safetensors"] as const;

/** Settings of a run that mean the same here. */
const { bias, shortcut, weightsPrefix, classes, batch, layout } = configSchema.shape;

const what = {
  title: "What to export",
  settings: {
    run: essential(optional(folder)`the model of a run, with its weights`),
    ...weightsOfRun,
    model: essential(
      optional(text("NAME", "the name of a model"))`or a model by its name, as for train, with
        --weights; --bias and --shortcut as for train`,
      "a model by its name, as for train",
    ),
    weights: essential(
      optional(file)`a .safetensors or .npz file; --format npz and safetensors need no model`,
      "a .safetensors or .npz file, for --model",
    ),
    weightsPrefix: setting(weightsPrefix)`prefix to remove from the names in --weights, such as
      module.`,
    bias: setting(bias)`the layers of an mlp have biases`,
    shortcut: setting(shortcut)`shortcuts of a resnet`,
    dataset: optional(text("NAME", "the name of a dataset"))`determines shape and number of classes,
      as for train [that of the run]`,
    sample: optional(text("SHAPE", "sizes such as 3x32x32"))`shape of a sample instead, as in
      3x32x32`,
    classes: setting(classes)`number of classes instead`,
  },
};

const written = {
  title: "What to write",
  settings: {
    format: essential(
      optional(z.enum(formats).meta({ placeholder: "NAME" }))`onnx; program, compiled ahead of time
        for pages and Deno; or only the weights as npz or safetensors [the extension of --out, else
        onnx]`,
      "onnx, program, npz, or safetensors",
    ),
    out: essential(optional(file)`the file to write [model.onnx, model.program.safetensors,
      model.npz, or model.safetensors]`),
    force: essential(toggle`replace the file if it exists`),
    batch: setting(batch)`onnx, program: fixed batch size [any for onnx, 1 for program]`,
    rawInput: essential(
      toggle`onnx, program: take the dataset's raw values, such as pixels from 0 to 255 (uint8), and
        normalize them in the model; without it the model takes normalized features, and mean and
        std are in the metadata and the model card`,
      "take pixels as they are, not normalized",
    ),
    layout: setting(
      layout,
    )`onnx, program: order of the axes of image inputs; most decoders of images give
      nhwc [nchw]`,
    license: optional(text("NAME", "the name of a license, such as MIT"))`license of the model, for
      the model card, which is written beside the file as .md [not stated]`,
    softmax: essential(toggle`output probabilities instead of logits`),
    compress: toggle`npz: compress, as numpy.savez_compressed does`,
  },
};

const settings = { ...what.settings, ...written.settings, ...common };

/** The command line of `export`. */
export type ExportFlags = Values<typeof settings>;

/**
 * Reads the flags.
 * @throws {UsageError} if one is unknown, or its value breaks the rule
 */
export function parseExportFlags(args: readonly string[]): ExportFlags {
  return parseFlags(settings, args).values;
}

/** What `export --help` says. */
export const exportHelp: CommandHelp = {
  about: [
    "Writes a trained model as an ONNX file (opset 17), which onnxruntime and most other frameworks " +
    "can run, as a program that pages run without a compiler, or only its weights as a file for " +
    "NumPy.",
    'The ONNX model takes any number of samples as "input" and returns "logits". It is the model in ' +
    "evaluation mode: batch normalization uses the running statistics, and there is no dropout. " +
    "Weights keep their names.",
  ],
  usage: [
    "deno task export --run FOLDER [flags]",
    "deno task export --model NAME --weights FILE [flags]",
  ],
  groups: [what, written, { title: "Other", settings: common }],
  examples: [
    "deno task export --run runs/first --optimizer gsgd",
    "deno task export --run result --best --raw-input --softmax --out digits.onnx",
    "deno task export --run result --raw-input --layout nhwc --out photos.onnx",
    "deno task export --run result --format program --raw-input --softmax",
    "deno task export --run result --format npz --compress --out weights.npz",
    "deno task export --model resnet-34 --weights resnet34.safetensors \\",
    "  --sample 3x32x32 --classes 1000",
  ],
  exitCodes: "0 done, 1 failed, 2 invalid flags.",
};
