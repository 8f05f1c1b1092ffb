import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { help as benchHelp } from "../../bench/flags.ts";
import { exportHelp } from "../../cli/export/flags.ts";
import { type CommandHelp, formatHelp, type HelpExtent } from "../../cli/flags/help.ts";
import { plain } from "../../cli/styled.ts";
import { essential, flagsOf, optional, toggle } from "../../cli/flags/setting.ts";
import { predictHelp } from "../../cli/predict/flags.ts";
import { explainHelp } from "../../cli/settings/explain_help.ts";
import { trainHelp } from "../../cli/settings/help.ts";
import { liveHelp } from "../../cli/settings/live_flags.ts";
import { reportHelp } from "../../report/main.ts";
import { loadExperiments } from "../../reproduce/catalog.ts";
import { reproduceHelp } from "../../reproduce/main.ts";
import { siteHelp } from "../../site/main.ts";
import { help as gpuReportHelp } from "../../tools/gpu_report/flags.ts";
import { npmHelp } from "../../tools/npm/main.ts";

function textOf(help: CommandHelp, extent: HelpExtent): string {
  return plain(formatHelp(help, extent));
}

const commands: Readonly<Record<string, CommandHelp>> = {
  train: trainHelp,
  explain: explainHelp,
  live: liveHelp,
  export: exportHelp,
  predict: predictHelp,
  report: reportHelp,
  reproduce: reproduceHelp(await loadExperiments()),
  site: siteHelp,
  npm: npmHelp,
  bench: benchHelp,
  "gpu-report": gpuReportHelp,
};

for (const [name, help] of Object.entries(commands)) {
  const flags = help.groups.flatMap(({ settings }) => flagsOf(settings));

  Deno.test(`${name} --help fits a terminal of 80 columns and 24 rows`, () => {
    const text = textOf(help, "short");
    const lines = text.split("\n");
    assert(lines.length <= 23, `${lines.length} lines`); // and the prompt
    for (const line of lines) assert(line.length <= 80, line);
    for (const { flag, schema } of flags) {
      if (schema.meta()?.brief !== undefined) assertStringIncludes(text, `--${flag}`);
    }
    assertStringIncludes(text, "--help all");
    assertStringIncludes(text, `deno task ${name}`);
  });

  Deno.test(`${name} --help all shows every flag, example, and exit code in 80 columns`, () => {
    const text = textOf(help, "all");
    for (const line of text.split("\n")) assert(line.length <= 80, line);
    for (const { flag } of flags) assert(text.includes(`\n  --${flag}`) || flag === "help", flag);
    for (const part of [...help.usage, ...help.examples ?? []]) assertStringIncludes(text, part);
    assertStringIncludes(text, "Exit codes: ");
  });
}

const many = Object.fromEntries(
  Array.from(
    { length: 30 },
    (_, i) => [`other${"abcdefghij"[i % 10]}${"xyz"[i % 3]}${i}`, toggle`x`],
  ),
);

const sample: CommandHelp = {
  about: ["Does one thing.", "And what it means."],
  usage: ["deno task sample [flags]"],
  groups: [{
    title: "Flags",
    settings: {
      size: essential(optional(z.int().positive())`how large the thing is to be [10]`, "size"),
      way: essential(optional(z.string())`a way [${"x".repeat(60)}]`, "the way"),
      rare: toggle`rarely needed`,
      ...many,
    },
  }],
  examples: ["deno task sample --size 3", "deno task sample \\", "  --rare"],
  exitCodes: "0 done.",
};

Deno.test("a short help has the essential flags, with defaults that fit, and some examples", () => {
  assertEquals(
    textOf(sample, "short"),
    `Does one thing.

  deno task sample [flags]

  --size N    size [10]
  --way TEXT  the way

Examples
  deno task sample --size 3
  deno task sample \\
    --rare`,
  );
});

Deno.test("a short help never cuts an example in two", () => {
  const operands = {
    title: "Things",
    rows: Array.from({ length: 12 }, (_, i) => [`${i}`, "x"] as const),
  };
  // 18 lines without examples: two of three fit, and the second continues in the third
  const text = textOf({ ...sample, operands }, "short");
  assert(text.endsWith("Examples\n  deno task sample --size 3"), text);
});

Deno.test("a help that fits one screen is shown completely", () => {
  const [{ title, settings: { size, rare } }] = sample.groups as [typeof sample.groups[0] & object];
  const small = { ...sample, groups: [{ title, settings: { size: size!, rare: rare! } }] };
  assertEquals(textOf(small, "short"), textOf(small, "all"));
  assertStringIncludes(textOf(small, "short"), "how large the thing is to be [10]");
});
