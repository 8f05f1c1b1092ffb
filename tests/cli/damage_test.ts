// Files of a run that were damaged or edited: --resume refuses them by name.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { call, newestCheckpoint, small, temporaryFolder } from "./command.ts";

const flags = [...small, "--optimizer=momentum", "--model=mlp:16-4-10", "--validation=20"];

async function finishedRun(out: string, ...more: readonly string[]): Promise<void> {
  const { code, stderr } = await call(...flags, "--steps=4", "--out", out, ...more);
  assertEquals([code, stderr], [0, ""]);
}

Deno.test("a flipped bit anywhere in a checkpoint is detected and prevents resuming", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await finishedRun(out);
  const path = await newestCheckpoint(out);
  const bytes = await Deno.readFile(path);
  // every 29th byte, with another bit each time
  for (let at = 0; at < bytes.length; at += 29) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1 << (at % 8);
    await Deno.writeFile(path, damaged);
    const { code, stderr } = await call("train", "--resume", out, "--steps=6", "--quiet");
    assertEquals([code, stderr.split("\n").length], [1, 1], `byte ${at}: ${stderr}`);
    assertStringIncludes(stderr, path);
    assertEquals(await newestCheckpoint(out), path);
  }
  await Deno.writeFile(path, bytes);
  const { code, stderr } = await call("train", "--resume", out, "--steps=6", "--quiet");
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("a flipped bit is also detected in exported and initial weights, and other checkpoints are suggested", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await finishedRun(out, "--checkpoint-every=2", "--keep-checkpoints=2");
  const damage = async (path: string) => {
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 2]! ^= 4;
    await Deno.writeFile(path, bytes);
  };
  await damage(await newestCheckpoint(out));
  const resumed = await call("train", "--resume", out, "--steps=6", "--quiet");
  assertEquals(resumed.code, 1);
  assertStringIncludes(resumed.stderr, "checksum");
  assertStringIncludes(resumed.stderr, "use --from with another checkpoint: 2");
  const from = await call("train", "--resume", out, "--steps=6", "--from=2", "--quiet");
  assertEquals([from.code, from.stderr], [0, ""]);
  const model = `${out}/model.safetensors`;
  await damage(model);
  const to = `${folder.path}/a`;
  for (
    const args of [
      ["export", "--run", out, "--out", `${to}.onnx`],
      ["export", "--run", out, "--out", `${to}.npz`],
      [...flags, "--steps=1", "--weights", model, "--out", `${to}/run`],
    ]
  ) {
    const { code, stderr } = await call(...args);
    assertEquals([code, stderr.split("\n").length], [1, 1], stderr);
    assertStringIncludes(stderr, `Cannot read ${model}`);
    assertStringIncludes(stderr, "checksum");
  }
});

Deno.test("edited settings are named, and nothing is changed", async (t) => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await finishedRun(out);
  const file = `${out}/config.json`;
  const text = await Deno.readTextFile(file);
  const checkpoint = await Deno.readFile(await newestCheckpoint(out));
  const edits: readonly (readonly [string, unknown])[] = [
    ["seed", 2],
    ["limit", 190],
    ["validation", 30],
    ["batch", 16],
    ["lr", 0.5],
    ["momentum", 0.5],
    ["weightDecay", 0.1],
    ["shuffle", false],
    ["normalize", "unit"],
    ["labelSmoothing", 0.1],
    ["schedule", "step:3"],
    ["clipNorm", 1],
  ];
  for (const [name, value] of edits) {
    await t.step(name, async () => {
      const config = JSON.parse(text);
      await Deno.writeTextFile(file, JSON.stringify({ ...config, [name]: value }));
      const { code, stderr } = await call("train", "--resume", out, "--steps=6", "--quiet");
      assertEquals([code, stderr.split("\n").length], [1, 1], stderr);
      assertStringIncludes(
        stderr,
        `"${name}" was ${JSON.stringify(config[name])} and is ${JSON.stringify(value)}`,
      );
      assertEquals(await Deno.readFile(await newestCheckpoint(out)), checkpoint);
    });
  }
  await Deno.writeTextFile(file, text);
  const { code, stderr } = await call("train", "--resume", out, "--steps=6", "--quiet");
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("a config.json nested 200,000 deep gives one line, for every command", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await finishedRun(out);
  const config = JSON.parse(await Deno.readTextFile(`${out}/config.json`));
  for (const name of ["seed", "lr", "optimizer", "later"]) {
    const deep = JSON.stringify({ ...config, [name]: "DEEP" })
      .replace('"DEEP"', "[".repeat(200_000) + "]".repeat(200_000));
    await Deno.writeTextFile(`${out}/config.json`, deep);
    for (
      const args of [
        ["train", "--resume", out],
        [...small, "--config", `${out}/config.json`],
        ["explain", "--config", `${out}/config.json`],
        ["export", "--run", out],
      ]
    ) {
      const { code, stderr } = await call(...args);
      assert(code === 1 || code === 2, stderr);
      assertEquals(stderr.split("\n").length, 1, stderr.slice(0, 500));
      assertStringIncludes(stderr, "nested at most");
      assertStringIncludes(stderr, "config.json");
    }
  }
});
