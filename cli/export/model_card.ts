import type { EndMetric } from "../../metrics/mod.ts";
import { layerSummaries } from "../../layers/mod.ts";
import { listed, percent, thousands } from "../format.ts";
import { commandOf } from "../report/run_command.ts";
import { readRun, type RunData } from "../report/run_data.ts";
import { samplesIn } from "../results/confusion.ts";
import type { LoadedModel, SourceRun } from "./source.ts";

/** What a model card describes. */
export interface CardSubject {
  /** Path of the exported file. */
  readonly file: string;
  /** Lines about the file, as `export` prints them. */
  readonly summary: readonly string[];
  /** SPDX name or text of the license; `null` if it was not stated. */
  readonly license: string | null;
  /** The model; `undefined` if the file holds weights of an unknown one. */
  readonly model: LoadedModel | undefined;
  /** The run that trained it, if it is from one. */
  readonly run: SourceRun | undefined;
}

/** Path of the card of an exported file: the same name, ending in `.md`. */
export function cardPath(file: string): string {
  return `${file.replace(/\.\w+$/, "")}.md`;
}

/** Writes a model card in Markdown. Every sentence is computed from the model and its run. */
export async function modelCard(subject: CardSubject): Promise<string> {
  const { file, summary, license, model, run } = subject;
  const data = run && await readRun(run.path);
  const end = data?.ends.findLast(({ arm }) => arm === run?.arm);
  const sections = [
    // a string of JSON is one of YAML, whatever the text
    `---\nlicense: ${JSON.stringify(license ?? "unknown")}\nlibrary_name: gspace\n---`,
    `# ${data?.title ?? model?.name ?? file}`,
    license === null ? "No license was stated (`--license`)." : "",
    ["## File", "", ...[file, ...summary].map((line) => `- ${code(line)}`)].join("\n"),
    model ? architecture(model) : "",
    model ? classesOf(model) : "",
    run && data ? trainingOf(run, data) : "",
    resultsOf(run, data, end),
    limitsOf(subject, data, end),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

/** Text in backticks, in which it means nothing else. */
function code(text: string): string {
  return `\`${text.replaceAll("`", "'").replaceAll("\n", " ")}\``;
}

function architecture({ name, model, shape }: LoadedModel): string {
  const rows = layerSummaries(model, shape);
  const total = rows.reduce((sum, { parameters }) => sum + parameters, 0);
  return [
    "## Architecture",
    "",
    `${code(name)}, ${thousands(total)} parameters, for samples of [${shape.join(", ")}].`,
    "",
    "| layer | kind | output | parameters |",
    "| --- | --- | --- | --: |",
    ...rows.map(({ name, kind, output, parameters }) =>
      `| ${code(name)} | ${kind} | ${output?.join("×") ?? ""} | ${thousands(parameters)} |`
    ),
  ].join("\n");
}

function classesOf({ classNames, samples, normalization }: LoadedModel): string {
  const names = classNames.length === 0
    ? `Its ${samples.classes} outputs have no names.`
    : `In the order of the outputs: ${classNames.map(code).join(", ")}.`;
  const input = normalization === undefined ? "" : [
    "",
    `Features are (raw · scale − mean) / std, with scale ${normalization.scale}, mean ` +
    `[${normalization.mean.join(", ")}], and std [${normalization.std.join(", ")}].`,
  ].join("\n");
  return ["## Classes", "", names, input].join("\n").trimEnd();
}

function trainingOf(run: SourceRun, { facts, path, config, ranks }: RunData): string {
  return [
    "## Training",
    "",
    ...facts.map((fact) => `- ${fact}`),
    `- Optimizer: ${code(run.arm)}`,
    `- Command: ${code(commandOf(path, config, ranks))}`,
  ].join("\n");
}

/** The measured errors of the exported weights. */
function errorsOf(run: SourceRun | undefined, end: EndMetric | undefined) {
  return run?.isBest
    ? { test: end?.best?.testError, validation: end?.best?.validationError }
    : { test: end?.testError, validation: end?.validationError };
}

function resultsOf(
  run: SourceRun | undefined,
  data: RunData | undefined,
  end: EndMetric | undefined,
): string {
  if (!run || !data || !end) {
    const why = run ? "its run has not finished" : "it is not from a run";
    return `## Results\n\nNo accuracy of this model was measured: ${why}.`;
  }
  const { test, validation } = errorsOf(run, end);
  const counts = run.summary.data?.counts;
  const rows = [
    ["test", test, counts?.test],
    ["validation", validation, counts?.validation],
    // of a convolutional network, only a part of the training samples is evaluated
    ...(run.isBest ? [] : [["training", end.trainError, undefined] as const]),
  ] as const;
  const lines = rows.flatMap(([split, error, count]) =>
    typeof error === "number" && Number.isFinite(error)
      ? [`| ${split} | ${count ?? ""} | ${percent(1 - error)} | ${intervalOf(error, count)} |`]
      : []
  );
  return [
    "## Results",
    "",
    `Measured by the command above, ${
      run.isBest ? "for the weights with the lowest validation error" : "after the last step"
    }.`,
    "",
    "| split | samples | accuracy | 95 % interval |",
    "| --- | --: | --: | --- |",
    ...lines,
  ].join("\n");
}

/** Wilson's interval of an accuracy, from the number of samples. */
function intervalOf(error: number, count: number | undefined): string {
  if (!count) return "";
  const [p, z] = [1 - error, 1.959964];
  const center = (p + z * z / (2 * count)) / (1 + z * z / count);
  const half = z * Math.sqrt(p * (1 - p) / count + z * z / (4 * count * count)) /
    (1 + z * z / count);
  return `${percent(Math.max(0, center - half))} to ${percent(Math.min(1, center + half))}`;
}

function limitsOf(
  { model, run }: CardSubject,
  data: RunData | undefined,
  end: EndMetric | undefined,
): string {
  const lines: string[] = [];
  const classes = model?.samples.classes;
  if (classes !== undefined) {
    lines.push(`It always answers with one of its ${classes} classes, whatever the input shows.`);
  }
  const { test, validation } = errorsOf(run, end);
  if (run && end && typeof test !== "number") {
    lines.push("There was no test split: its accuracy on other data is not known.");
  }
  if (run?.isBest && typeof validation === "number") {
    lines.push(
      "Its validation error chose these weights, so it is probably lower than on other data.",
    );
  }
  const confusion = run?.isBest ? undefined : data?.confusions.get(run?.arm ?? "");
  const worst = (confusion?.classes ?? []).map((name, i) => ({
    name,
    error: confusion?.perClassError[i] ?? null,
    samples: samplesIn(confusion?.counts[i] ?? []),
  })).filter(({ error }) => error !== null && error > 0)
    .toSorted((a, b) => b.error! - a.error!).slice(0, 3);
  if (worst.length > 0) {
    const shown = worst.map(({ name, error, samples }) =>
      `${code(name)} (${percent(error!)} of ${samples})`
    );
    lines.push(`Classes with the largest test error: ${listed(shown)}.`);
  }
  return lines.length === 0 ? "" : `## Limits\n\n${lines.map((line) => `- ${line}`).join("\n")}`;
}
