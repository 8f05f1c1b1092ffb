import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeSafetensors } from "../../checkpoint/mod.ts";
import {
  call,
  metricsOf,
  newestCheckpoint,
  small,
  start,
  startScript,
  temporaryFolder,
} from "./command.ts";

const flags = [...small, "--optimizer=adam", "--model=mlp:16-200-10", "--checkpoint-every=4"];
const ignore = Deno.build.os === "windows"; // has no signals and no limits of file sizes

Deno.test({
  name: "when the disk is full, the previous checkpoint stays, and the run can resume",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const [out, whole] = [`${folder.path}/run`, `${folder.path}/whole`];
    await call(...flags, "--steps=4", "--out", out);
    const path = await newestCheckpoint(out);
    const before = await Deno.readFile(path);
    // 25 or 50 kB, by the shell: room for the weights, but not for Adam's moments too
    assert(before.length > 51_200, `${before.length}`);
    const resume = ["train", "--resume", out, "--steps=12", "--quiet"];
    const child = startScript("cli/main.ts", resume, "trap '' XFSZ; ulimit -f 50");
    const { code, stderr } = await child.output();
    const text = new TextDecoder().decode(stderr);
    assertEquals(code, 1, text);
    assertStringIncludes(text, `error: Cannot write "${out}/checkpoints/step-00000008.safetensors`);
    assertStringIncludes(text, "too large");
    assertEquals(text.trim().split("\n").length, 1, text);
    assertEquals([await newestCheckpoint(out), await Deno.readFile(path)], [path, before]);
    const again = await call(...resume);
    assertEquals([again.code, again.stderr], [0, ""]);
    await call(...flags, "--steps=12", "--out", whole);
    for (const file of ["model.safetensors", "checkpoints/step-00000012.safetensors"]) {
      const [one, two] = await Promise.all(
        [out, whole].map(async (at) => decodeSafetensors(await Deno.readFile(`${at}/${file}`))),
      );
      assertEquals(one!.tensors, two!.tensors, file);
    }
  },
});

Deno.test({
  name:
    "two processes cannot train in one folder, and partly written files of a killed one are removed",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const out = `${folder.path}/run`;
    const child = start(...flags, "--steps=100000000", "--out", out);
    const output = child.output();
    while (!await newestCheckpoint(out).then((path) => path.endsWith("safetensors"), () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const second = await call("train", "--resume", out);
    assertEquals(second.code, 1);
    assertStringIncludes(second.stderr, `${out}: another process is training in it`);
    child.kill("SIGKILL");
    await output;
    const left = `${out}/checkpoints/.step-00000099.safetensors.01234567.tmp`;
    await Deno.writeFile(left, new Uint8Array(9));
    const steps = Number(/step-(\d+)/.exec(await newestCheckpoint(out))![1]) + 1;
    const resumed = await call("train", "--resume", out, `--steps=${steps}`);
    assertEquals([resumed.code, resumed.stderr], [0, ""]);
    const names = await Array.fromAsync(Deno.readDir(`${out}/checkpoints`), ({ name }) => name);
    assert(names.every((name) => /^step-\d{8,}\.safetensors$/.test(name)), names.join());
    assertEquals((await metricsOf(out)).at(-1)!.step, steps);
  },
});
