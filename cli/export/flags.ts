import { parseArgs } from "@std/cli/parse-args";
import { nearestName } from "../../graph/nearest_name.ts";
import { UsageError } from "../errors.ts";

/** A flag of `export`. */
interface ExportFlag {
  readonly name: string;
  /** What stands for the value in the help; a switch has none. */
  readonly value?: string;
  readonly help: string;
}

/** The flags under their headings. */
export const exportFlagGroups: readonly {
  readonly title: string;
  readonly flags: readonly ExportFlag[];
}[] = [
  {
    title: "What is exported",
    flags: [
      { name: "run", value: "FOLDER", help: "the model of a run, with its weights" },
      {
        name: "optimizer",
        value: "NAME",
        help: "whose weights, if the run compared several optimizers",
      },
      {
        name: "best",
        help: "the weights that did best on the validation split, not the last ones [no]",
      },
      {
        name: "model",
        value: "NAME",
        help:
          "or a model by its name, as for train, with --weights; --bias and --shortcut as there",
      },
      {
        name: "weights",
        value: "FILE",
        help: "a .safetensors or .npz file; for --format npz or safetensors, no model is needed",
      },
      {
        name: "weights-prefix",
        value: "TEXT",
        help: "taken off the names of --weights, such as module.",
      },
      { name: "bias", help: "the layers of an mlp have biases" },
      { name: "shortcut", value: "A|B", help: "shortcuts of a resnet" },
      {
        name: "dataset",
        value: "NAME",
        help: "decides shape and number of classes, as for train [that of the run]",
      },
      { name: "sample", value: "SHAPE", help: "shape of a sample instead, as in 3x32x32" },
      { name: "classes", value: "N", help: "number of classes instead" },
    ],
  },
  {
    title: "What is written",
    flags: [
      {
        name: "format",
        value: "NAME",
        help: "onnx, or weights alone as npz or safetensors [the ending of --out, else onnx]",
      },
      { name: "out", value: "FILE", help: "[model.onnx, model.npz or model.safetensors]" },
      { name: "force", help: "replace the file if it is there [no]" },
      {
        name: "batch",
        value: "N",
        help: "onnx: the number of samples that are taken at once [any]",
      },
      {
        name: "raw-input",
        help:
          "onnx: take the dataset's own numbers, such as pixels from 0 to 255 (uint8), and normalise them inside [no: it takes normalised features; mean and std stand in the metadata]",
      },
      { name: "softmax", help: "onnx: give probabilities instead of logits [no]" },
      { name: "compress", help: "npz: deflated, as numpy.savez_compressed does [no]" },
    ],
  },
  {
    title: "Other",
    flags: [
      { name: "debug", help: "show where an error came from" },
      { name: "help", help: "show this" },
    ],
  },
];

/** The command line of `export`: texts and switches by name. */
export interface ExportFlags {
  readonly texts: ReadonlyMap<string, string>;
  readonly switches: ReadonlySet<string>;
  /** Number of samples that an ONNX file takes at once; any if `undefined`. */
  readonly batch: number | undefined;
}

/**
 * Reads the flags.
 * @throws {UsageError} if one is unknown, has no value, or one that it cannot have
 */
export function parseExportFlags(args: readonly string[]): ExportFlags {
  const all = exportFlagGroups.flatMap(({ flags }) => flags);
  const string = all.filter(({ value }) => value !== undefined).map(({ name }) => name);
  const boolean = all.filter(({ value }) => value === undefined).map(({ name }) => name);
  const parsed: Record<string, unknown> = parseArgs([...args], {
    string,
    boolean,
    alias: { h: "help" },
    unknown: (arg: string, key?: string) => refuse(arg, key, [...string, ...boolean]),
  });
  const texts = new Map<string, string>();
  for (const name of string) {
    if (!args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))) continue;
    const value = parsed[name];
    if (typeof value !== "string" || value === "") {
      throw new UsageError(`Cannot use --${name}: it needs a value after it`);
    }
    texts.set(name, value);
  }
  return {
    texts,
    switches: new Set(boolean.filter((name) => parsed[name] === true)),
    batch: batchOf(texts.get("batch")),
  };
}

function batchOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(
    `Cannot use --batch ${text}: it must be a positive whole number: current value is ${text}`,
  );
}

function refuse(arg: string, key: string | undefined, names: readonly string[]): never {
  if (key === undefined) {
    throw new UsageError(`Cannot use "${arg}": it belongs to no flag: see export --help`);
  }
  const name = key.replace(/=$/, "");
  if (names.includes(name)) throw new UsageError(`Cannot use --${name}: it needs a value`);
  const nearest = nearestName(name, names);
  throw new UsageError(
    `Cannot use --${name}: there is no such flag: ` +
      (nearest === undefined ? "see export --help" : `did you mean --${nearest}?`),
  );
}
