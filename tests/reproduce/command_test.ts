import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../reproduce/main.ts";
import type { Summary } from "../../reproduce/summary.ts";
import { temporaryFolder } from "../cli/command.ts";

/** Calls the command in this process. */
async function call(...args: readonly string[]) {
  const lines: string[] = [];
  const { log, error } = console;
  const keep = (...parts: unknown[]) => void lines.push(parts.join(" "));
  console.log = keep;
  console.error = keep;
  try {
    return { code: await main(args), text: lines.join("\n") };
  } finally {
    console.log = log;
    console.error = error;
  }
}

/** Invalid arguments, the exit code, and a part of the message. */
const wrong: readonly (readonly [args: string, code: number, says: string])[] = [
  ["fig44 --scale smoke", 2, 'Cannot reproduce "fig44": it must be one of depth, fig3, '],
  ["tabel1", 2, "did you mean table1?"],
  ["", 2, "Cannot reproduce: specify a table or figure: one of "],
  [
    "fig4 --scale smok",
    2,
    "it must be smoke, laptop, or paper: current value is smok: did you mean smoke?",
  ],
  ["fig4 --scael smoke", 2, "Cannot use --scael: there is no such flag: did you mean --scale?"],
  [
    "fig4 --scale",
    2,
    "Cannot use --scale: it must be smoke, laptop, or paper: current value is empty",
  ],
  ["fig4 --jobs 0", 2, "Cannot use --jobs 0: it must be a positive whole number"],
  ["fig4 --device tpu", 2, "Cannot use --device tpu: it must be auto, gpu, or cpu"],
  ["table1 --scale laptop --data-dir nowhere", 1, 'Cannot load dataset "cifar10"'],
];

Deno.test("invalid arguments give one clear line", async (t) => {
  for (const [args, code, says] of wrong) {
    await t.step(`reproduce ${args}`, async () => {
      const result = await call(...args.split(" ").filter((word) => word !== ""));
      assertEquals(result.code, code);
      assertStringIncludes(result.text, says);
    });
  }
});

Deno.test("the error for missing data says what to download and where to put it", async () => {
  const { text } = await call("table1", "--scale", "laptop", "--data-dir", "nowhere");
  for (const part of ["cifar-10-binary.tar.gz", "data_batch_1.bin", "--data-dir"]) {
    assertStringIncludes(text, part);
  }
});

Deno.test("--help lists all experiments", async () => {
  const { code, text } = await call("--help");
  assertEquals(code, 0);
  for (const name of ["table1, fig3", "fig4, table6", "fig6", "signs", "theorem-4.1", "all"]) {
    assertStringIncludes(text, name);
  }
});

async function summaryIn(folder: string): Promise<Summary> {
  return JSON.parse(await Deno.readTextFile(`${folder}/summary.json`));
}

Deno.test("theorem-4.1 at the smoke scale: G-SGD is bit-for-bit invariant, SGD is not", async () => {
  await using folder = await temporaryFolder();
  const flags = ["--scale", "smoke", "--device", "cpu", "--out", folder.path];
  const { code, text } = await call("theorem-4.1", ...flags);
  assertEquals(code, 0, text);
  const summary = await summaryIn(`${folder.path}/theorem-4.1-smoke`);
  const about = (arm: string, scaling: string) =>
    summary.tables[0]!.rows.filter((row) => row.arm === arm && row.group.startsWith(scaling))
      .map(({ cells }) => cells[0]!.mean!);
  assertEquals(new Set(about("gsgd", "by powers of 2")), new Set([0]));
  assert(about("gsgd", "by any factors").every((difference) => difference < 2e-5));
  for (const arm of ["sgd", "sgd-skeleton"]) {
    assert(about(arm, "by any factors").every((difference) => difference > 0.01), arm);
  }
  assertStringIncludes(text, "bit-for-bit equal");
  const lines = (await Deno.readTextFile(`${folder.path}/theorem-4.1-smoke/results.jsonl`)).trim();
  assertEquals(lines.split("\n").length, summary.points.total);
  const again = await call("theorem-4.1", ...flags);
  assertEquals(again.code, 0);
  assertEquals(again.text.includes("train loss"), false, "a run was done twice");
});
