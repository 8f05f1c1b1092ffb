import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodePng } from "../../formats/mod.ts";
import { call, temporaryFolder } from "./command.ts";

async function picture(path: string, value: number, [width, height] = [4, 4]): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  const data = new Uint8Array(width * height).fill(value);
  await Deno.writeFile(path, await encodePng({ width, height, channels: 1, data }));
}

Deno.test("predict prints classes of files and folders, and names bad ones", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  for (let i = 0; i < 20; i++) {
    await picture(`${path}/photos/dark/${i}.png`, 2 * i);
    await picture(`${path}/photos/light/${i}.png`, 255 - 2 * i);
  }
  const train = ["train", "--device=cpu", "--threads=1", "--quiet", "--optimizer=sgd", "--bias"];
  const run = ["--lr=0.5", "--epochs=20", "--batch=8", "--out", `${path}/run`];
  const trained = await call(...train, "--dataset", `${path}/photos`, ...run);
  assertEquals([trained.code, trained.stderr], [0, ""]);
  await picture(`${path}/new/b.png`, 5);
  await picture(`${path}/new/sub/a.png`, 250, [9, 5]);
  const { code, stdout, stderr } = await call(
    ...["predict", "--run", `${path}/run`, "--json", `${path}/new/`, `${path}/new/b.png`],
  );
  assertEquals([code, stderr], [0, ""]);
  const found = JSON.parse(stdout);
  assertEquals(
    found.map((each: { path: string; resizedFrom?: string; classes: { name: string }[] }) => [
      each.path.slice(path.length),
      each.resizedFrom,
      each.classes.map(({ name }) => name),
    ]),
    [
      ["/new/b.png", undefined, ["dark", "light"]],
      ["/new/sub/a.png", "9×5", ["light", "dark"]],
      ["/new/b.png", undefined, ["dark", "light"]],
    ],
  );
  for (const { classes } of found) {
    const sum = classes.reduce(
      (total: number, each: { probability: number }) => total + each.probability,
      0,
    );
    assert(Math.abs(sum - 1) < 1e-5);
  }
  const text = await call("predict", "--run", `${path}/run`, "--top=1", `${path}/new/sub/a.png`);
  assert(/a\.png: light \d+\.\d\d % \(resized from 9×5\)$/.test(text.stdout), text.stdout);
  await Deno.writeTextFile(`${path}/bad.png`, "no image");
  const bad = await call("predict", "--run", `${path}/run`, `${path}/bad.png`);
  assertEquals(bad.code, 1);
  const some = await call(
    ...["predict", "--run", `${path}/run`, "--json"],
    ...[`${path}/bad.png`, `${path}/new`, `${path}/gone.png`],
  );
  assertEquals([some.code, JSON.parse(some.stdout).length], [1, 2]);
  assertStringIncludes(some.stderr, `warning: Cannot read ${path}/bad.png: the file must be PNG`);
  assertStringIncludes(some.stderr, `warning: Cannot read ${path}/gone.png: not found`);
  assertStringIncludes(some.stderr, "error: Cannot read 2 of 4 images: see above");
  const none = await call("predict", "--run", `${path}/new`, `${path}/new/b.png`);
  assertStringIncludes(none.stderr, `Cannot predict with ${path}/new: the folder holds no run`);
  assertStringIncludes(bad.stderr, `Cannot read ${path}/bad.png: the file must be PNG or JPEG`);
});
