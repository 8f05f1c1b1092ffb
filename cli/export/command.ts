import {
  encodeNpz,
  encodeSafetensors,
  fromTyped,
  type TensorData,
  toFloat32,
  writeFileAtomic,
} from "../../checkpoint/mod.ts";
import { CommandError, UsageError } from "../errors.ts";
import { writeText } from "../files.ts";
import { firstLine } from "../../graph/first_line.ts";
import { flagName } from "../flags/setting.ts";
import { print } from "../output.ts";
import { readTensorFile } from "../training/given_weights.ts";
import type { Exported } from "./deployed.ts";
import { type ExportFlags, formats, parseExportFlags } from "./flags.ts";
import { toOnnx } from "./onnx.ts";
import { cardPath, modelCard } from "./model_card.ts";
import { toProgram } from "./program.ts";
import { findSource, type LoadedModel, loadModel, type Source } from "./source.ts";

type Format = typeof formats[number];

/** The formats that hold a model, and how it is written. The others hold weights only. */
const writers: Partial<
  Record<Format, (model: LoadedModel, flags: ExportFlags) => Promise<Exported>>
> = { onnx: toOnnx, program: toProgram };

/** Flags that belong to some formats. */
const owners: readonly [keyof ExportFlags, readonly Format[]][] = [
  ["batch", ["onnx", "program"]],
  ["rawInput", ["onnx", "program"]],
  ["softmax", ["onnx", "program"]],
  ["layout", ["onnx", "program"]],
  ["compress", ["npz"]],
];

/** The end of the names of programs, which are safetensors files. */
const PROGRAM = "program.safetensors";

/** Runs `export` with these arguments. */
export async function exportModel(args: readonly string[]): Promise<void> {
  const flags = parseExportFlags(args);
  const format = formatOf(flags);
  const out = flags.out ?? `model.${format === "program" ? PROGRAM : format}`;
  const source = await findSource(flags);
  const card = cardPath(out);
  if (!flags.force) { for (const path of [out, card]) await checkFree(path); }
  const write = writers[format];
  const model = source.config.model === null && !write ? undefined : await loadModel(source, flags);
  const { bytes, summary } = write && model
    ? await write(model, flags)
    : await toTensorFile(source, flags, format);
  const { run } = source;
  const text = await modelCard({ file: out, summary, license: flags.license, model, run });
  await writeFileAtomic(out, bytes);
  await writeText(card, text);
  print([`${out}: ${bytes.length} bytes`, ...summary, `model card: ${card}`].join("\n"));
}

function formatOf(flags: ExportFlags): Format {
  const ending = /\.(\w+)$/.exec(flags.out ?? "")?.[1];
  const named = flags.out?.endsWith(`.${PROGRAM}`)
    ? "program"
    : formats.find((name) => name === ending);
  const format = flags.format ?? named ?? "onnx";
  for (const [flag, of] of owners) {
    if (of.includes(format) || !flags[flag]) continue;
    throw new UsageError(
      `Cannot use --${flagName(flag)} with --format ${format}: it is for ${of.join(" and ")} only`,
    );
  }
  return format;
}

/** An existing file is not replaced without `--force`. */
async function checkFree(path: string): Promise<void> {
  try {
    await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new CommandError(
      `Cannot write ${path}: ${firstLine(error)}`,
      { cause: error },
    );
  }
  throw new CommandError(
    `Cannot write ${path}: it already exists: use --force to replace it, or another --out`,
  );
}

async function toTensorFile(
  { path, config }: Source,
  { compress }: ExportFlags,
  format: Format,
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
  if (brief.length > 0) {
    summary.push(`${brief.length} converted from BF16, which NumPy lacks, to F32`);
  }
  return { bytes: await encodeNpz(tensors, { compress }), summary };
}

function widened(tensor: TensorData): TensorData {
  return fromTyped(toFloat32(tensor), tensor.shape);
}
