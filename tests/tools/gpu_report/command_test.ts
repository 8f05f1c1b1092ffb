import { assertEquals, assertStringIncludes } from "@std/assert";
import { permissionsFor } from "../../../tools/permissions.ts";
import { offlineFlags } from "../../../tools/offline_flags.ts";

const root = new URL("../../../", import.meta.url);

/** Runs the command with the permissions that its task gives it. */
async function report(...args: string[]) {
  const around = {
    cache: undefined,
    settings: {},
    execPath: Deno.execPath(),
    temporary: Deno.env.get("TMPDIR") ?? "/tmp",
  };
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-lock"],
      ...offlineFlags(),
      ...permissionsFor("gpu-report", args, around),
      ...["tools/gpu_report/main.ts", ...args],
    ],
    cwd: root,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("gpu-report lists launches and predictions without a compiler", async () => {
  const { code, stdout, stderr } = await report("--no-compile", "--filter", "matmul 64x49x128");
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "product 64x49x128 NN");
  assertStringIncludes(stdout, "RTX 4090 ms");
});

Deno.test("gpu-report --json prints one object with launches and predictions", async () => {
  const filter = "MLP 784-512-512-10 b32 sgd";
  const { code, stdout, stderr } = await report("--no-compile", "--json", "--filter", filter);
  assertEquals(code, 0, stderr);
  const { subjects, code: compiled, verdict } = JSON.parse(stdout);
  const named = subjects.map((each: { name: string; class: string }) => [each.name, each.class]);
  const classes = ["nvidia", "amd", "apple", "intel", "other"];
  assertEquals(named, classes.map((name) => [filter, name]));
  assertEquals(compiled, []);
  assertEquals(verdict.stale, []);
  const [{ launches, predictions }] = subjects;
  assertEquals(Object.keys(predictions), ["RTX 4090", "H200"]);
  assertEquals(launches.every(({ source }: { source?: string }) => source === undefined), true);
  assertEquals(launches.every(({ shader }: { shader: number }) => Number.isInteger(shader)), true);
});

Deno.test("gpu-report refuses what it does not know", async () => {
  const { code, stderr } = await report("--families", "navi21");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "there is no such flag");
});
