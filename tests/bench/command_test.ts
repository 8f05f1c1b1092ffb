import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../cli/errors.ts";
import { parseOptions } from "../../bench/flags.ts";
import { permissionsFor } from "../../tools/permissions.ts";
import { temporaryFolder } from "../cli/command.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { offlineFlags } from "../../tools/offline_flags.ts";

const root = new URL("../../", import.meta.url);

/** The command with the permissions that its task gives it. */
function command(args: readonly string[]): Deno.Command {
  const around = {
    cache: undefined,
    settings: {},
    execPath: Deno.execPath(),
    temporary: Deno.env.get("TMPDIR") ?? "/tmp",
  };
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-lock", "--no-check"],
      ...offlineFlags(),
      ...permissionsFor("bench", args, around),
      ...["bench/main.ts", ...args],
    ],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the command. */
async function bench(...args: string[]) {
  const { code, stdout, stderr } = await command(args).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The smallest cases, with a step of each optimizer. */
const filter = "49";

gpuTest("the results of a GPU are one file that names the GPU and nobody", async (gpu) => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/results.json`;
  const args = ["--device", "gpu", "--quick", "--filter", filter, "--out", out];
  const { code, stdout, stderr } = await bench(...args);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, `class ${gpu.adapter.adapterClass}`);
  const text = await Deno.readTextFile(out);
  const document = JSON.parse(text);
  assertEquals(document.schema, "gspace-bench/1");
  assertEquals(document.isComplete, true);
  assertEquals(document.options, { quick: true, filter });
  assertEquals(document.gpu.adapter, { ...gpu.adapter });
  assertEquals(Object.keys(document.ceilings), ["gpu"]);
  const names = document.own.map(({ name }: { name: string }) => name);
  assert(names.includes("matmul 64x49x128") && names.length === 5, `${names}`);
  for (const row of document.own) {
    assertEquals(row.kernelTiming !== undefined, "nanosecondsPerTick" in document.gpu, row.name);
    assertEquals(row.timesSgd !== undefined, / (gsgd|momentum|adam)$/.test(row.name), row.name);
  }
  for (const folderPath of [root.pathname, folder.path]) {
    assert(!text.includes(folderPath), `the results contain ${folderPath}`);
  }
  const { stdout: hostname } = await new Deno.Command("hostname").output();
  const machine = new TextDecoder().decode(hostname).trim();
  assert(!text.split(/[^\w-]+/).includes(machine), "the results name the machine");
});

Deno.test("an interrupted run leaves a file with what it has measured", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/results.json`;
  const args = ["--device", "cpu", "--quick", "--filter", filter, "--out", out];
  await using process = command(args).spawn();
  let printed = "";
  for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (!/^cpu +matmul 64x49x128 /m.test(printed)) continue;
    process.kill("SIGKILL");
    break;
  }
  await Promise.all([process.stderr.cancel(), process.status]);
  const document = JSON.parse(await Deno.readTextFile(out));
  assertEquals([document.isComplete, document.own[0].name], [false, "matmul 64x49x128"]);
  assert(document.ceilings.cpu.gflops > 0);
});

gpuTest("--json prints the same document to standard output, and tables elsewhere", async () => {
  const { code, stdout, stderr } = await bench(
    ...["--device", "gpu", "--quick", "--json", "--filter", "matmul 64x49x128"],
  );
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout).own.length, 1);
  assertStringIncludes(stderr, "matmul 64x49x128");
});

Deno.test("results of a GPU have a file by default, and those of other devices have none", () => {
  const out = (...args: string[]) => parseOptions(args).out;
  assertEquals(out("--device", "gpu"), "gpu-benchmark.json");
  assertEquals(out("--device", "gpu", "--out", "a.json"), "a.json");
  assertEquals(out("--device", "gpu", "--json"), null);
  assertEquals(out("--device", "gpu", "--json", "--out", "a.json"), "a.json");
  assertEquals(out("--device", "cpu"), null);
  assertEquals(out(), null);
  assertThrows(() => parseOptions(["--device", "tpu"]), UsageError);
});
