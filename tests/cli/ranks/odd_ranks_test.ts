import manifest from "../../../deno.json" with { type: "json" };
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CommandError } from "../../../cli/errors.ts";
import { GraphError } from "../../../graph/mod.ts";
import { newestCheckpoint, temporaryFolder } from "../command.ts";
import { writeTinyCifar } from "../tiny_cifar.ts";
import { distance, filesOf, small, trainOn } from "./_train_on.ts";

/** Flags of a small convolutional network with augmentation. */
function convolutional(data: string): readonly string[] {
  return [
    ...["--device=cpu", "--threads=1", "--quiet", "--dataset=cifar10", "--data-dir", data],
    ...[
      "--allow-unverified",
      "--model=plainnet-8:3-4-5",
      "--lr=0.01",
      "--augment",
      "--optimizer=gsgd",
    ],
  ];
}

Deno.test("five ranks share batches of 16 and a last one of 5 samples", async () => {
  await using folder = await temporaryFolder();
  const flags = [
    ...[...small, "--optimizer=gsgd,rmsprop", "--epochs=1", "--mixup=0.3", "--clip-norm=1"],
    ...["--basis-path-penalty=0.01", "--ratio-clamp=0.5,2"],
  ];
  const at = (size: number, arm: string) => `${folder.path}/${size}/${arm}/model.safetensors`;
  for (const size of [1, 5]) await trainOn(size, [...flags, "--out", `${folder.path}/${size}`]);
  for (const [arm, tolerance] of [["gsgd", 1e-6], ["rmsprop", 3e-5]] as const) {
    const apart = await distance(at(1, arm), at(5, arm));
    assert(apart <= tolerance, `${arm}: ${apart}`);
  }
});

Deno.test("--sync-bn with one sample for each rank, and with a rank that has none", async () => {
  await using folder = await temporaryFolder();
  await using data = await temporaryFolder();
  await writeTinyCifar(data.path);
  const flags = [...convolutional(data.path), "--steps=1"];
  for (const batch of [7, 6]) {
    const at = (size: number) => `${folder.path}/${batch}-${size}`;
    for (const size of [1, 7]) {
      await trainOn(size, [...flags, `--batch=${batch}`, "--sync-bn", "--out", at(size)]);
    }
    const apart = await distance(`${at(1)}/model.safetensors`, `${at(7)}/model.safetensors`);
    assert(apart < 1e-5, `batches of ${batch}: ${apart}`);
  }
});

Deno.test("augmentation resumes exactly on more and on fewer ranks", async () => {
  await using folder = await temporaryFolder();
  await using data = await temporaryFolder();
  await writeTinyCifar(data.path);
  const flags = [
    ...convolutional(data.path),
    ...["--batch=7", "--steps=2", "--checkpoint-every=1", "--keep-checkpoints=9", "--sync-bn"],
  ];
  const at = (name: string) => `${folder.path}/${name}`;
  await trainOn(1, [...flags, "--out", at("whole")]);
  await trainOn(2, [...flags, "--out", at("ranks")]);
  for (const size of [3, 1]) {
    await trainOn(size, ["--resume", at("ranks"), "--from=1", "--quiet"]);
    const apart = await distance(
      await newestCheckpoint(at("whole")),
      await newestCheckpoint(at("ranks")),
    );
    assert(apart < 2e-5, `${size} ranks: ${apart}`);
  }
});

Deno.test("ranks refuse a folder that has a run, and leave it as it is", async () => {
  await using folder = await temporaryFolder();
  const flags = [...small, "--optimizer=sgd", "--steps=2", "--out", `${folder.path}/run`];
  await trainOn(3, flags);
  const before = await filesOf(folder.path);
  const { message } = await assertRejects(() => trainOn(3, flags), CommandError);
  assertStringIncludes(message, `${folder.path}/run`);
  assert(!message.startsWith("rank "), message);
  assertEquals(await filesOf(folder.path), before);
});

Deno.test("one live page shows a run of several ranks", async () => {
  await using folder = await temporaryFolder();
  const flags = small.filter((flag) => flag !== "--quiet");
  const printed = await trainOn(3, [
    ...flags,
    ...["--live", "--optimizer=sgd", "--steps=2", "--out", `${folder.path}/run`],
  ]);
  assertEquals(printed.match(/live: http/g)?.length, 1, printed);
});

Deno.test("a rank with one other byte of data is refused", async () => {
  await using folder = await temporaryFolder();
  const [one, other] = ["one", "other"].map((name) => `${folder.path}/${name}`);
  for (const path of [one!, other!]) {
    await Deno.mkdir(path);
    await writeTinyCifar(path);
  }
  const file = `${other}/data_batch_1.bin`;
  const bytes = await Deno.readFile(file);
  bytes[100]! ^= 1;
  await Deno.writeFile(file, bytes);
  const out = ["--steps=1", "--out", `${folder.path}/run`];
  await assertRejects(
    () => trainOn(3, [...convolutional(one!), ...out], [...convolutional(other!), ...out]),
    GraphError,
    "all must start with the same data:",
  );
});

Deno.test("ranks of different versions are refused", async () => {
  await using folder = await temporaryFolder();
  const { version } = manifest;
  let reads = 0;
  Object.defineProperty(manifest, "version", {
    get: () => `${version}-${reads++}`, // each rank reads it once
    configurable: true,
  });
  try {
    await assertRejects(
      () => trainOn(2, [...small, "--steps=1", "--out", `${folder.path}/run`]),
      GraphError,
      "all must start with the same version of Gspace: current differ",
    );
  } finally {
    Object.defineProperty(manifest, "version", { value: version, writable: true });
  }
});
