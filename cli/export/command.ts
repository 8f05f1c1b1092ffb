import {
  encodeNpz,
  encodeSafetensors,
  fromTyped,
  type TensorData,
  toFloat32,
  writeFileAtomic,
} from "../../checkpoint/mod.ts";
import { didYouMean } from "../../graph/nearest_name.ts";
import { CommandError, UsageError } from "../errors.ts";
import { print } from "../output.ts";
import { readTensorFile } from "../training/given_weights.ts";
import { type ExportFlags, parseExportFlags } from "./flags.ts";
import { toOnnx } from "./onnx.ts";
import { findSource, loadModel, type Source } from "./source.ts";

const formats = ["onnx", "npz", "safetensors"] as const;

type Format = typeof formats[number];

/** Flags that belong to one format. */
const owners: ReadonlyMap<string, Format> = new Map([
  ["batch", "onnx"],
  ["raw-input", "onnx"],
  ["softmax", "onnx"],
  ["compress", "npz"],
]);

/** Runs `export` with these arguments. */
export async function exportModel(args: readonly string[]): Promise<void> {
  const flags = parseExportFlags(args);
  const format = formatOf(flags);
  const out = flags.texts.get("out") ?? `model.${format}`;
  const source = await findSource(flags);
  if (!flags.switches.has("force")) await checkFree(out);
  const { bytes, summary } = format === "onnx"
    ? await toOnnx(await loadModel(source, flags), flags)
    : await toTensorFile(source, flags, format);
  await writeFileAtomic(out, bytes);
  print([`${out}: ${bytes.length} bytes`, ...summary].join("\n"));
}

function formatOf({ texts, switches }: ExportFlags): Format {
  const ending = /\.(\w+)$/.exec(texts.get("out") ?? "")?.[1];
  const told = texts.get("format") ?? formats.find((name) => name === ending) ?? "onnx";
  const format = formats.find((name) => name === told);
  if (format === undefined) {
    throw new UsageError(
      `Cannot use --format ${told}: it must be one of ${
        formats.join(", ")
      }: current value is ${told}${didYouMean(told, formats)}`,
    );
  }
  for (const [flag, owner] of owners) {
    if (owner === format || (!texts.has(flag) && !switches.has(flag))) continue;
    throw new UsageError(`Cannot use --${flag} with --format ${format}: it belongs to ${owner}`);
  }
  return format;
}

/** A file that is there is not replaced unless that is asked for. */
async function checkFree(path: string): Promise<void> {
  try {
    await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new CommandError(
      `Cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  throw new CommandError(
    `Cannot write ${path}: it is there already: use --force to replace it, or another --out`,
  );
}

/** What was made, and lines that say what it is. */
export interface Exported {
  readonly bytes: Uint8Array;
  readonly summary: readonly string[];
}

async function toTensorFile(
  { path, config }: Source,
  { switches }: ExportFlags,
  format: "npz" | "safetensors",
): Promise<Exported> {
  const prefix = config.weightsPrefix ?? "";
  const tensors = new Map([...await readTensorFile(path)].map(([name, tensor]) => [
    prefix !== "" && name.startsWith(prefix) ? name.slice(prefix.length) : name,
    tensor,
  ]));
  const summary = [`${tensors.size} tensors of ${path}`];
  if (format === "safetensors") return { bytes: encodeSafetensors(tensors), summary };
  const brief = [...tensors].filter(([, { dtype }]) => dtype === "BF16");
  for (const [name, tensor] of brief) tensors.set(name, widened(tensor));
  if (brief.length > 0) summary.push(`${brief.length} of BF16, which NumPy lacks, became F32`);
  const compress = switches.has("compress");
  return { bytes: await encodeNpz(tensors, { compress }), summary };
}

function widened(tensor: TensorData): TensorData {
  return fromTyped(toFloat32(tensor), tensor.shape);
}
