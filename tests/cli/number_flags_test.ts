import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { UsageError } from "../../cli/errors.ts";
import { exportHelp } from "../../cli/export/flags.ts";
import { flagsOf } from "../../cli/flags/setting.ts";
import { settings } from "../../cli/settings/config.ts";
import { requestedExplanation } from "../../cli/settings/train_flags.ts";
import { parseRequest } from "../../reproduce/flags.ts";
import { call, temporaryFolder } from "./command.ts";

/** Values to try for each flag that takes numbers. */
const texts = ["0", "-1", "1.5", "NaN", "Infinity", "-Infinity", "9007199254740992", "three", "[]"];

const positive = ["1.5", "9007199254740992"];
const rate = ["0", ...positive];

/** The valid ones of these values; the others must be refused. */
const accepted: Readonly<Record<string, readonly string[]>> = {
  basisPathPenalty: rate,
  biasDecay: rate,
  clipNorm: positive,
  clipValue: positive,
  labelSmoothing: ["0"],
  layersEvery: ["0"],
  lr: rate,
  lrFactor: positive,
  mixup: positive,
  momentum: ["0"],
  rescale: ["1.5"],
  seed: ["0"],
  warmup: ["0"],
  weightDecay: rate,
};

const numeric = settings.filter(({ kind }) => kind === "number" || kind === "numbers");

for (const { name, kind, flag: long } of numeric) {
  const flag = `--${long}`;
  Deno.test(`train ${flag} refuses wrong numbers in one line that names it`, async (t) => {
    const values = kind === "number"
      ? texts
      : texts.flatMap((one) => [one, `${one},2`, `0.5,${one}`]);
    const meant = accepted[name] ??
      (kind === "numbers" ? ["1.5,2", "0.5,1.5", `0.5,${positive[1]}`] : []);
    for (const value of values) {
      await t.step(value, async () => {
        const read = () => requestedExplanation([`${flag}=${value}`]);
        if (meant.includes(value)) return void await read();
        await assertRejects(read, UsageError, `Cannot use ${flag} `);
        await assertRefused(flag, "train", `${flag}=${value}`, "--dataset=synthetic");
        await assertRefused(flag, "explain", `${flag}=${value}`, "--dataset=synthetic");
      });
    }
  });
}

/** Exit code 2, and one line on standard error that names the flag. */
async function assertRefused(flag: string, ...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await call(...args);
  assertMatch(stderr, new RegExp(`^error: Cannot use ${flag} .*: `));
  assertEquals([code, stdout, stderr.split("\n").length], [2, "", 1], args.join(" "));
}

Deno.test("each setting that takes numbers in the config is a flag that takes numbers", async () => {
  const { config: base } = await requestedExplanation([]);
  const numbers = Object.entries(base).filter(([, value]) => typeof value === "number");
  const known = new Set<string>(numeric.map(({ name }) => name));
  assertEquals(numbers.map(([name]) => name).filter((name) => !known.has(name)), []);
});

Deno.test("the other commands refuse wrong numbers in one line that names the flag", async (t) => {
  await using folder = await temporaryFolder();
  const out = `--out=${folder.path}/model.onnx`;
  const model = ["--model=mlp:3-2", "--weights=none.safetensors", out];
  const flags: readonly (readonly [flag: string, ...args: readonly string[]])[] = [
    ["--port", "live"],
    ["--from", "train", "--resume=none"],
    ["--batch", "export", ...model, "--sample=3", "--classes=2"],
    ["--classes", "export", ...model, "--sample=3"],
    ["--sample", "export", ...model, "--classes=2"],
  ];
  const known = exportHelp.groups.flatMap(({ settings }) => flagsOf(settings)).filter(
    ({ kind, name }) => kind === "number" || name === "sample",
  );
  assertEquals(known.map(({ flag }) => `--${flag}`), ["--sample", "--classes", "--batch"]);
  for (const [flag, command, ...args] of flags) {
    for (const value of texts) {
      if (flag === "--from" && (value === "0" || value === "9007199254740992")) continue;
      await t.step(`${command} ${flag} ${value}`, async () => {
        await assertRefused(flag, command ?? "", `${flag}=${value}`, ...args);
      });
    }
  }
  for (const value of texts) {
    const read = () => parseRequest([`--jobs=${value}`]);
    assertThrows(read, UsageError, "Cannot use --jobs ", value);
  }
});
