import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { confusionOf, MOST_CLASSES } from "../../cli/results/confusion.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  fromTyped,
  toFloat32,
} from "../../checkpoint/mod.ts";
import { generator } from "../support/random.ts";
import { call, small, temporaryFolder } from "./command.ts";

Deno.test("confusionOf() counts by label and prediction, and gives no error for classes without samples", () => {
  const names = ["cat", "dog", "fox", "owl"];
  const labels = Int32Array.of(0, 0, 0, 1, 1, 3);
  const predictions = Int32Array.of(0, 1, 0, 1, 1, 2);
  assertEquals(confusionOf({ classes: 4, classNames: names }, labels, predictions), {
    classes: names,
    counts: [[2, 1, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]],
    perClassError: [1 - 2 / 3, 0, null, 1],
  });
  const { classes } = confusionOf({ classes: 4, classNames: [] }, labels, predictions);
  assertEquals(classes, ["0", "1", "2", "3"]);
});

/** The test split of a run in which sample i has the label i mod `classes`. */
async function dataFile(folder: string, classes: number, samples: number): Promise<string> {
  const random = generator(3);
  const x = () => fromTyped(Float32Array.from({ length: 4 * samples }, random), [samples, 4]);
  const y = () => fromTyped(Int32Array.from({ length: samples }, (_, i) => i % classes), [samples]);
  const path = `${folder}/data.safetensors`;
  const parts = new Map([["x", x()], ["y", y()], ["x_test", x()], ["y_test", y()]]);
  await Deno.writeFile(path, encodeSafetensors(parts));
  return path;
}

Deno.test("confusion.json agrees with the weights and the test error of the run", async () => {
  await using folder = await temporaryFolder();
  const data = await dataFile(folder.path, 3, 60);
  const out = `${folder.path}/run`;
  const flags = [
    ...[...small, `--dataset=${data}`, "--normalize=unit", "--limit=60"],
    ...["--model=mlp:4-3", "--steps=5"],
  ];
  const arms = "--optimizer=sgd,adam";
  const { code, stdout, stderr } = await call(
    ...flags,
    arms,
    "--per-class",
    "--json",
    "--out",
    out,
  );
  assertEquals([code, stderr], [0, ""]);
  const result = JSON.parse(stdout);
  const { tensors } = decodeSafetensors(await Deno.readFile(data));
  const x = toFloat32(tensors.get("x_test")!);
  for (const { arm, testError } of result.optimizers) {
    const { classes, counts, perClassError } = JSON.parse(
      await Deno.readTextFile(`${out}/${arm}/confusion.json`),
    );
    assertEquals(classes, ["0", "1", "2"]);
    const model = decodeSafetensors(await Deno.readFile(`${out}/${arm}/model.safetensors`));
    const weight = toFloat32(model.tensors.get("0.weight")!);
    const wanted = [0, 1, 2].map(() => [0, 0, 0]);
    for (let i = 0; i < 60; i++) {
      const logits = [0, 1, 2].map((k) =>
        [0, 1, 2, 3].reduce((sum, j) => sum + weight[4 * k + j]! * x[4 * i + j]!, 0)
      );
      wanted[i % 3]![logits.indexOf(Math.max(...logits))]! += 1;
    }
    assertEquals(counts, wanted, arm);
    const mean = perClassError.reduce((sum: number, error: number) => sum + error / 3, 0);
    assert(Math.abs(mean - testError) < 1e-9, `${mean} ${testError}`);
    assertEquals(Object.values(result.testErrorByClass[arm]), perClassError);
  }
});

Deno.test("--per-class prints a row per class and a column per optimizer", async () => {
  await using folder = await temporaryFolder();
  const flags = [...small, "--dataset=fashion-mnist-7x7", "--steps=3", "--optimizer=sgd,gsgd"];
  const { code, stdout } = await call(...flags, "--per-class", "--out", `${folder.path}/run`);
  assertEquals(code, 0);
  assert(/test error by class +samples +sgd +gsgd\n─+\n/.test(stdout), stdout);
  const bag = stdout.split("\n").find((line) => line.startsWith("Bag "))!;
  assert(/^Bag +\d+ +[\d.]+ % +[\d.]+ %$/.test(bag), bag);
  const without = await call(...flags, "--out", `${folder.path}/other`);
  assert(!without.stdout.includes("by class"));
});

Deno.test("there is no confusion.json without a test split or with very many classes", async () => {
  await using folder = await temporaryFolder();
  const [out, other] = [`${folder.path}/run`, `${folder.path}/other`];
  const data = await dataFile(folder.path, 2, 20);
  const many = [`--dataset=${data}`, "--limit=20", `--classes=${MOST_CLASSES + 1}`];
  const model = [`--model=mlp:4-${MOST_CLASSES + 1}`, "--steps=1", "--optimizer=sgd"];
  const run = await call(...small, ...many, ...model, "--per-class", "--out", out);
  assertStringIncludes(
    run.stdout,
    `No test error by class: there are more than ${MOST_CLASSES}`,
  );
  const { tensors } = decodeSafetensors(await Deno.readFile(data));
  const train = new Map([...tensors].filter(([name]) => !name.endsWith("_test")));
  await Deno.writeFile(data, encodeSafetensors(train));
  const flags = [`--dataset=${data}`, "--limit=20", "--model=mlp:4-2", "--steps=1"];
  const none = await call(...small, ...flags, "--optimizer=sgd", "--per-class", "--out", other);
  assertStringIncludes(none.stdout, "No test error by class: there is no test split");
  for (const path of [out, other]) {
    assertEquals(await Deno.stat(`${path}/confusion.json`).then(() => true, () => false), false);
  }
});
