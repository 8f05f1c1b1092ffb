import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { main as report } from "../../report/main.ts";
import { requestedRun } from "../../cli/settings/train_flags.ts";
import { call, type Outcome, small, start, temporaryFolder } from "./command.ts";

const root = new URL("../../", import.meta.url);

/** A name that no run in this checkout has. */
const fresh = () => `test-${crypto.randomUUID()}`;

async function sha256(path: string): Promise<string> {
  const sum = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(sum).toHex();
}

async function inProcess(...args: readonly string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await start(...args).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("a named run is in runs/NAME, is shown by its name, and is never overwritten", async () => {
  const name = fresh();
  const path = `runs/${name}`;
  try {
    const first = await inProcess(...small, "--steps=2", "--name", name);
    assertEquals(first.code, 0, first.stderr);
    assertStringIncludes(first.stdout, `${path}/report.html`);
    const title = `${name}: mlp:16-32-32-10 on synthetic`;
    const html = await Deno.readTextFile(new URL(`${path}/report.html`, root));
    assertStringIncludes(html, `<h1>${title}</h1>`);
    const before = await sha256(`${path}/run.json`);
    const again = await inProcess(...small, "--steps=2", "--name", name);
    assertEquals([again.code, again.stderr.trim()], [
      1,
      `error: Cannot name a new run "${name}": the folder ${path} must be new or empty: use another ` +
      `--name, or --resume ${path} to continue the run in it`,
    ]);
    assertEquals(await sha256(`${path}/run.json`), before);
    const renamed = await inProcess("train", "--resume", path, "--name", "other");
    assertEquals(renamed.code, 2);
    assertStringIncludes(renamed.stderr, "Cannot use --name with --resume");
    const resumed = await inProcess("train", "--resume", path, "--steps=3", "--quiet");
    assertEquals([resumed.code, resumed.stderr], [0, ""]);
  } finally {
    await Deno.remove(new URL(path, root), { recursive: true });
  }
});

Deno.test("the name of a run changes nothing but what is shown", async () => {
  await using folder = await temporaryFolder();
  const [a, b] = [`${folder.path}/a`, `${folder.path}/b`];
  const flags = [...small, "--steps=3", "--optimizer=gsgd"];
  const plain = await call(...flags, "--json", "--out", a);
  const named = await call(...flags, "--json", "--out", b, "--name", "deep.er_2-x");
  assertEquals([plain.code, named.code], [0, 0], named.stderr);
  assertEquals(JSON.parse(plain.stdout).name, undefined);
  assertEquals([JSON.parse(named.stdout).name, JSON.parse(named.stdout).folder], [
    "deep.er_2-x",
    b,
  ]);
  assertEquals(await sha256(`${a}/model.safetensors`), await sha256(`${b}/model.safetensors`));
  // checkpoints also hold times
  const checkpoint = await Deno.readFile(`${b}/checkpoints/step-00000003.safetensors`);
  assertEquals(new TextDecoder("latin1").decode(checkpoint).includes("deep.er_2-x"), false);
  assertNotEquals(await sha256(`${a}/run.json`), await sha256(`${b}/run.json`));
  assertEquals(await report(["--out", `${folder.path}/site`, a, b]), 0);
  const index = await Deno.readTextFile(`${folder.path}/site/index.html`);
  assertStringIncludes(index, `title="${a}">a</a>`);
  assertStringIncludes(index, `title="${b}">deep.er_2-x</a>`);
});

Deno.test("names that are no safe names of folders are refused", async () => {
  const wrong = [
    "",
    ".",
    "..",
    ".x",
    "-x",
    "_x",
    "a/b",
    "a\\b",
    "../x",
    "x.",
    "a b",
    "é",
    "a\0b",
    "a\n",
  ];
  for (const name of [...wrong, "x".repeat(65)]) {
    const { code, stderr } = await call(...small, `--name=${name}`);
    assertEquals(code, 2, name);
    assertStringIncludes(
      stderr,
      "it must be up to 64 letters, digits, hyphens, underscores, and dots",
    );
  }
  for (const name of ["x", "7", "a.b_c-d", "x".repeat(64), "x-", "x_"]) {
    assertEquals((await requestedRun([`--name=${name}`])).config.name, name);
  }
});

Deno.test("a run from the config of another run takes neither its folder nor its name", async () => {
  await using folder = await temporaryFolder();
  const config = async (settings: object) => {
    await Deno.writeTextFile(
      `${folder.path}/config.json`,
      JSON.stringify({ seed: 5, ...settings }),
    );
    return async (...args: readonly string[]) => {
      const request = await requestedRun(["--config", `${folder.path}/config.json`, ...args]);
      const { name, out, seed } = request.config;
      assertEquals(seed, 5);
      return [name, out];
    };
  };
  const ofRun = await config({ name: "old", out: "/old" });
  assertEquals(await ofRun("--name=new"), ["new", null]);
  assertEquals(await ofRun("--out=/new"), [null, "/new"]);
  assertEquals(await ofRun("--out=/new", "--name=new"), ["new", "/new"]);
  assertEquals(await ofRun(), ["old", "/old"]);
  const ofPerson = await config({ name: "mine" });
  assertEquals(await ofPerson("--out=/new"), ["mine", "/new"]);
  assertEquals(await ofPerson("--name=new"), ["new", null]);
});
