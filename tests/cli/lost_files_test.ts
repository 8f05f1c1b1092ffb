// Files that cannot be written during a run or at its end, and what must survive.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeSafetensors } from "../../checkpoint/mod.ts";
import { openCopies } from "../../cli/logs/open_copies.ts";
import type { Metric } from "../../metrics/mod.ts";
import { RunFolder } from "../../cli/results/run_folder.ts";
import {
  call,
  metricsOf,
  newestCheckpoint,
  permissionsOf,
  small,
  startScript,
  temporaryFolder,
} from "./command.ts";
import { offlineFlags } from "../../tools/offline_flags.ts";

const ignore = Deno.build.os === "windows"; // has no limits of file sizes

/** Puts a folder in the place of a file, so that it cannot be written. */
async function block(path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
  await Deno.mkdir(path);
}

for (const file of ["report.html", "confusion.json", "results.txt"]) {
  Deno.test(`the results are printed before the error if ${file} cannot be written`, async () => {
    await using folder = await temporaryFolder();
    const out = `${folder.path}/run`;
    const whole = await call(...small, "--optimizer=sgd", "--steps=3", "--out", out);
    assertEquals(whole.code, 0, whole.stderr);
    await block(`${out}/${file}`);
    const { code, stdout, stderr } = await call("train", "--resume", out, "--quiet");
    assertEquals([code, stderr.split("\n").length], [1, 1], stderr);
    assertStringIncludes(stderr, `error: Cannot write ${JSON.stringify(`${out}/${file}`)}`);
    assertEquals(stdout.includes("Curves and settings"), file === "results.txt");
    const table = whole.stdout.trim().split("\n\n")[0]!;
    assertStringIncludes(stdout, table);
    const json = await call("train", "--resume", out, "--json", "--quiet");
    assertEquals(json.code, 1);
    assertEquals(JSON.parse(json.stdout).optimizers[0].arm, "sgd");
  });
}

Deno.test("a log that can no longer be written is dropped with one warning", async () => {
  await using folder = await temporaryFolder();
  const runFolder = new RunFolder(folder.path, { optimizer: ["sgd"] });
  const warnings: string[] = [];
  const metric: Metric = {
    ...{ kind: "step", arm: "sgd", epoch: 1, step: 1, loss: 1, accuracy: 1, learningRate: 1 },
    seconds: 1,
  };
  const options = { log: ["csv", "tensorboard"], optimizer: ["sgd"] } as const;
  const copies = await openCopies(options, runFolder, []);
  const { error } = console;
  console.error = (text) => warnings.push(text);
  try {
    for (const copy of copies) await copy.add(metric);
    assertEquals(warnings, []);
    await block(`${folder.path}/metrics.csv`);
    for (let i = 0; i < 3; i++) for (const copy of copies) await copy.add(metric);
  } finally {
    console.error = error;
  }
  assertEquals(warnings.length, 1, warnings.join());
  assertStringIncludes(warnings[0]!, "training continues without this log");
});

Deno.test({
  name: "if metrics can no longer be written, the weights are saved, and the run resumes exactly",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const [out, whole] = [`${folder.path}/run`, `${folder.path}/whole`];
    const flags = [...small, "--optimizer=sgd", "--model=mlp:16-10", "--log-every=1"];
    const args = [...flags, "--epochs=60", "--out", out];
    // 25 or 50 kB, by the shell
    const child = startScript("cli/main.ts", args, "trap '' XFSZ; ulimit -f 50");
    const { code, stderr } = await child.output();
    const text = new TextDecoder().decode(stderr);
    assertEquals([code, text.trim().split("\n").length], [1, 1], text);
    assertStringIncludes(text, `error: Cannot write "${out}/metrics.jsonl": too large`);
    assertStringIncludes(text, `continue with --resume ${out}`);
    const saved = Number(/step-(\d+)/.exec(await newestCheckpoint(out))![1]);
    assertStringIncludes(text, `saved: sgd ${saved} steps`);
    assert(saved > 50, `${saved}`);
    const resumed = await call("train", "--resume", out, "--quiet");
    assertEquals([resumed.code, resumed.stderr], [0, ""]);
    await call(...flags, "--epochs=60", "--out", whole);
    const [a, b] = await Promise.all(
      [out, whole].map(async (at) =>
        decodeSafetensors(await Deno.readFile(`${at}/model.safetensors`)).tensors
      ),
    );
    assertEquals(a, b);
    const numbers = async (at: string) =>
      (await metricsOf(at)).map(({ seconds: _, imagesPerSecond: __, ...rest }) => rest);
    assertEquals(await numbers(out), await numbers(whole));
  },
});

Deno.test("--live without network permission fails with one line that says what to allow", async () => {
  await using folder = await temporaryFolder();
  for (const args of [[...small, "--live", "--out", `${folder.path}/run`], ["live", folder.path]]) {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      cwd: new URL("../../", import.meta.url),
      args: [
        "run",
        "--no-prompt",
        ...offlineFlags(),
        ...permissionsOf(args).filter((flag) => !flag.startsWith("--allow-net")),
        "cli/main.ts",
        ...args,
      ],
    }).output();
    const text = new TextDecoder().decode(stderr).trim();
    assertEquals([code, text.split("\n").length], [1, 1], text);
    assert(/^error: Cannot serve the live page: .*--allow-net=127\.0\.0\.1:\d+$/.test(text), text);
  }
});
