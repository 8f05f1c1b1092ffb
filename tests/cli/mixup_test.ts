import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { call, metricsOf, small, temporaryFolder } from "./command.ts";
import { writeTinyCifar } from "./tiny_cifar.ts";

const objective = ["--mixup=0.4", "--label-smoothing=0.1"];

Deno.test("a resumed run with mixup and label smoothing is bit-for-bit identical to an uninterrupted one", async () => {
  await using folder = await temporaryFolder();
  await writeTinyCifar(folder.path);
  const images = ["--dataset=cifar10", `--data-dir=${folder.path}`, "--allow-unverified"];
  const flags = (out: string) => [
    ...["train", "--device=cpu", "--threads=1", "--quiet", "--batch=8", ...images],
    ...["--model=plainnet-8:2-3-4", "--optimizer=gsgd", "--log-every=1", ...objective],
    ...["--out", `${folder.path}/${out}`],
  ];
  // an epoch has 3 steps: the first part ends in the middle of the second
  assertEquals((await call(...flags("whole"), "--steps=8")).code, 0);
  assertEquals((await call(...flags("halves"), "--steps=4")).code, 0);
  const resume = ["train", "--resume", `${folder.path}/halves`, "--steps=8", "--quiet"];
  assertEquals((await call(...resume)).code, 0);
  const [whole, halves] = await Promise.all(
    ["whole", "halves"].map((out) => Deno.readFile(`${folder.path}/${out}/model.safetensors`)),
  );
  assertEquals(halves, whole);
  const steps = async (out: string) =>
    (await metricsOf(`${folder.path}/${out}`)).filter(({ kind }) => kind === "step")
      .map(({ arm, step, loss, accuracy }) => [arm, step, loss, accuracy].join()).toSorted();
  assertEquals(await steps("halves"), await steps("whole"));
});

Deno.test("mixup and label smoothing do not affect evaluations: at rate 0 only training losses differ", async () => {
  await using folder = await temporaryFolder();
  const run = async (name: string, ...more: readonly string[]) => {
    const flags = ["--optimizer=sgd", "--lr=0", "--epochs=1", "--json", ...more];
    const { code, stdout } = await call(...small, ...flags, "--out", `${folder.path}/${name}`);
    assertEquals(code, 0);
    const { trainLoss, testLoss } = JSON.parse(stdout).optimizers[0];
    const epoch = (await metricsOf(`${folder.path}/${name}`)).find(({ kind }) => kind === "epoch")!;
    return { trainLoss, testLoss, while: Number(epoch.trainLoss) };
  };
  const plain = await run("plain");
  const mixed = await run("mixed", "--mixup=1");
  const smoothed = await run("smoothed", "--label-smoothing=0.2");
  for (const { trainLoss, testLoss } of [mixed, smoothed]) {
    assertEquals([trainLoss, testLoss], [plain.trainLoss, plain.testLoss]);
  }
  assert(Math.abs(plain.while - plain.trainLoss) < 1e-5);
  assert(Math.abs(mixed.while - plain.while) > 1e-4 && smoothed.while !== plain.while);
});

Deno.test("a run explains its training loss and training accuracy", async () => {
  await using folder = await temporaryFolder();
  const flags = [...small.filter((flag) => flag !== "--quiet"), "--steps=2", "--optimizer=sgd"];
  const out = `${folder.path}/run`;
  const { code, stderr } = await call(...flags, ...objective, "--out", out);
  assertEquals(code, 0);
  const says = "Training losses include label smoothing 0.1 and mixup 0.4, and " +
    "accuracy counts the label with the larger share; evaluations use unchanged";
  assertStringIncludes(stderr, says);
  assertStringIncludes(await Deno.readTextFile(`${out}/report.html`), says);
});

Deno.test("G-SGD treats a model the same, whatever its targets", async () => {
  await using folder = await temporaryFolder();
  const reportOf = async (name: string, ...more: readonly string[]) => {
    const out = `${folder.path}/${name}`;
    const flags = ["--optimizer=gsgd", "--steps=1", "--model=mlp:16-8-8-10", ...more];
    assertEquals((await call(...small, ...flags, "--out", out)).code, 0);
    return JSON.parse(await Deno.readTextFile(`${out}/gsgd.json`));
  };
  const [plain, mixed] = [await reportOf("plain"), await reportOf("mixed", ...objective)];
  assertEquals(mixed.parameters, plain.parameters);
  assertEquals([mixed.nodes, mixed.edges], [16, 16 * 8 + 8 * 8 + 8 * 10]);
});
