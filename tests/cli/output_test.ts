import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { escapeControls, escapeName } from "../../checkpoint/mod.ts";
import { isRedrawable, lostOutput, OutputStream } from "../../cli/output.ts";
import { call, metricsOf, small, start, startScript, temporaryFolder } from "./command.ts";
import { offlineFlags } from "../../tools/offline_flags.ts";

const ignore = Deno.build.os !== "linux"; // needs /dev/full, signals, and script(1)'s terminal

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

// deno-lint-ignore no-control-regex
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/;

Deno.test("control characters are escaped, and JSON keeps its meaning", () => {
  const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join("");
  assert(!control.test(escapeControls(all)));
  assert(!/[\n\t]/.test(escapeName(all)));
  assertEquals(escapeControls("a\n\tb é 漢 👍"), "a\n\tb é 漢 👍");
  assertEquals(escapeName("\u001b[2J\u009b\u202e\ud800"), "\\u001b[2J\\u009b\\u202e\ufffd");
  const json = JSON.stringify({ all }, null, 2);
  assertEquals(JSON.parse(escapeControls(json)), { all });
});

Deno.test("a failing stream does not throw, keeps its first error, and escapes its text", () => {
  const shown: string[] = [];
  let full = false;
  const stream = new OutputStream("the printer", (text) => {
    if (full) throw new Error(`out of paper ${shown.length}\u001b[2J\nat line 1`);
    shown.push(text);
  });
  stream.line("\u001b[31mred");
  assertEquals([shown, stream.failure, lostOutput([stream])], [
    ["\\u001b[31mred"],
    undefined,
    undefined,
  ]);
  full = true;
  stream.line("lost");
  full = false;
  stream.line("shown");
  full = true;
  stream.line("lost again");
  assertEquals(shown.length, 2);
  assertEquals(
    lostOutput([stream]),
    "Some output was lost: the printer (out of paper 1\\u001b[2J)",
  );
});

/** Windows does not allow control characters in names of files. */
const noControls = { ignore: Deno.build.os === "windows" };

Deno.test("control characters of names are escaped in errors and lines", noControls, async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/a\u001b[2J\u009b31mb`;
  const { code, stdout, stderr } = await call(
    ...small.filter((flag) => flag !== "--quiet"),
    "--steps=2",
    "--out",
    out,
  );
  assertEquals(code, 0, stderr);
  assert(!control.test(stdout + stderr), JSON.stringify(stdout + stderr));
  assertStringIncludes(stderr, "a\\u001b[2J\\u009b31mb");
  assert(!control.test(await Deno.readTextFile(`${out}/results.txt`)));
  for (
    const flag of ["--model", "--dataset", "--weights", "--config", "--resume", "--x\u001b[2J"]
  ) {
    const wrong = await call(...small, flag, `${folder.path}/no\u001b[2J\nerror: x/y`);
    assert(wrong.code > 0, flag);
    assert(!control.test(wrong.stdout + wrong.stderr), JSON.stringify(wrong));
  }
});

// output that is lost must not change the files of a run
for (
  const [what, before, expected] of [
    ["standard error is full", "exec 2>/dev/full", 0],
    ["standard output is full", "exec >/dev/full", 3],
    ["both are full", "exec >/dev/full 2>/dev/full", 3],
    ["both are pipes that nobody reads", "", 0],
  ] as const
) {
  Deno.test({
    name: `a run ends with all of its results although ${what}`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder();
      const out = `${folder.path}/run`;
      const args = [
        ...small.filter((flag) => flag !== "--quiet"),
        "--optimizer=sgd,gsgd",
        "--steps=40",
        "--out",
        out,
      ];
      const child = startScript("cli/main.ts", args, before === "" ? undefined : before);
      if (before === "") await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
      const { code } = await child.status;
      const shown = before === ""
        ? ""
        : await new Response(child.stdout).text() + await new Response(child.stderr).text();
      assertEquals(code, expected, shown);
      const ends = (await metricsOf(out)).filter(({ kind }) => kind === "end");
      assertEquals(ends.map(({ arm, step }) => [arm, step]), [["sgd", 40], ["gsgd", 40]]);
      for (const file of ["report.html", "sgd/model.safetensors", "gsgd/model.safetensors"]) {
        assert((await Deno.stat(`${out}/${file}`)).size > 0, file);
      }
      const results = await Deno.readTextFile(`${out}/results.txt`);
      assertStringIncludes(results, "test error");
      assertEquals(results.includes("Some output was lost"), before.includes("/dev/full"));
      if (expected === 3 && !before.includes("2>")) {
        assertStringIncludes(shown, "warning: results could not be printed: No space left");
      }
    },
  });
}

async function startRun(out: string): Promise<Deno.ChildProcess> {
  const flags = ["--optimizer=sgd", "--dataset=synthetic", "--device=cpu", "--threads=1"];
  const child = start("train", ...flags, "--epochs=1000000", "--out", out);
  await begun(out);
  return child;
}

async function begun(out: string): Promise<void> {
  const size = () => Deno.stat(`${out}/metrics.jsonl`).then(({ size }) => size, () => 0);
  while (await size() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

Deno.test({
  name: "a hangup saves and stops the run as Ctrl-C does, even if it arrives twice",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const out = `${folder.path}/run`;
    const child = await startRun(out);
    const output = child.output();
    child.kill("SIGHUP");
    child.kill("SIGHUP");
    const { code, stderr } = await output;
    assertEquals(code, 129, textOf(stderr));
    assertStringIncludes(textOf(stderr), `continue with --resume ${out}`);
    const done = (await metricsOf(out)).at(-1)!;
    const steps = Number(done.step) + 2000;
    const resumed = await call("train", "--resume", out, `--steps=${steps}`, "--quiet");
    assertEquals([resumed.code, resumed.stderr], [0, ""]);
  },
});

Deno.test({
  name: "a run saves and stops when its terminal is closed",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const out = `${folder.path}/run`;
    const flags = "--optimizer=sgd --dataset=synthetic --device=cpu --threads=1 --epochs=1000000";
    const map = offlineFlags().join(" ");
    const run = `${Deno.execPath()} run -A --no-prompt ${map} cli/main.ts train ${flags}`;
    const terminal = new Deno.Command("script", {
      cwd: new URL("../../", import.meta.url),
      args: ["-qc", `${run} --out ${out}; echo $? > ${folder.path}/code`, "/dev/null"],
      env: { TERM: "xterm" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await begun(out);
    terminal.kill("SIGKILL");
    await terminal.status;
    const deadline = performance.now() + 10_000;
    const names = () => Array.fromAsync(Deno.readDir(`${out}/checkpoints`), ({ name }) => name);
    while ((await names()).length === 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assertEquals((await names()).length, 1);
    // the lock on the folder ends with the process
    using claim = await Deno.open(out, { read: true });
    while (!await claim.tryLock(true) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const saved = Number(/step-(\d+)/.exec((await names())[0]!)![1]);
    assert(saved >= Number((await metricsOf(out)).at(-1)!.step));
  },
});

Deno.test({
  name: "a dumb terminal gets no control sequences",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const shownOn = async (term: string) => {
      const map = offlineFlags().join(" ");
      const out = `${folder.path}/${term}`;
      const flags = "--dataset=synthetic --limit=2000 --device=cpu --threads=1 --optimizer=sgd";
      const run = `${Deno.execPath()} run -A --no-prompt ${map} cli/main.ts train ${flags}`;
      const { stdout } = await new Deno.Command("script", {
        cwd: new URL("../../", import.meta.url),
        args: ["-qec", `${run} --steps=100 --out ${out}`, "/dev/null"],
        env: { TERM: term, NO_COLOR: "1" },
        stdin: "null",
      }).output();
      return textOf(stdout);
    };
    assertStringIncludes(await shownOn("xterm"), "\u001b[K");
    const dumb = await shownOn("dumb");
    assertStringIncludes(dumb, "test error");
    assert(!control.test(dumb.replaceAll("\r\n", "\n")), JSON.stringify(dumb));
  },
});

const adapter = await navigator.gpu?.requestAdapter();

Deno.test({
  name: "a quiet run on a GPU prints its results, and nothing to standard error",
  ignore: !adapter,
  async fn() {
    await using folder = await temporaryFolder();
    const flags = small.map((flag) => flag === "--device=cpu" ? "--device=gpu" : flag);
    const child = start(...flags, "--steps=2", "--optimizer=sgd", "--out", `${folder.path}/run`);
    const { code, stdout, stderr } = await child.output();
    assertEquals([code, textOf(stderr)], [0, ""]);
    assertStringIncludes(textOf(stdout), "test error");
  },
});

Deno.test("output that is not a terminal is not redrawn", () => {
  assertEquals(isRedrawable(), Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb");
});

Deno.test("all commands write their output through output.ts", async () => {
  const root = new URL("../../", import.meta.url);
  const others: string[] = [];
  const visit = async (folder: URL): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await visit(new URL(`${name}/`, folder));
      if (!name.endsWith(".ts")) continue;
      const file = new URL(name, folder);
      const uses = /\bconsole\s*\.|\bDeno\s*\.\s*std(?:out|err)\b/;
      if (uses.test(await Deno.readTextFile(file))) others.push(file.href.slice(root.href.length));
    }
  };
  for (const room of ["cli", "report", "reproduce", "site"]) await visit(new URL(`${room}/`, root));
  assertEquals(others, ["cli/output.ts"]);
});
