import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatasetError } from "../../datasets/mod.ts";
import type { CanonicalSet } from "../../datasets/canonical.ts";
import { readDataFolder } from "../../datasets/data_folder.ts";
import { obtainFiles } from "../../datasets/obtain.ts";
import { gzip, namesIn, tar, tinyEntries, tinyFiles, tinySet, withFolder } from "./tiny_set.ts";
import { assertTiny, refused } from "./tiny_set_checks.ts";

/** Makes a data folder in several ways and loads it. */
async function withFiles(
  files: Iterable<readonly [path: string, bytes: Uint8Array]>,
  run: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    for (const [path, bytes] of files) {
      await Deno.mkdir(`${folder}/${path}/..`.replace(/[^/]+\/\.\.$/, ""), { recursive: true });
      await Deno.writeFile(`${folder}/${path}`, bytes);
    }
    await run(folder);
  });
}

Deno.test("a data folder may hold the files plain, gzipped or archived, at its top or below", async () => {
  const packed = await Promise.all(
    [...tinyFiles].map(async ([name, bytes]) => [`${name}.gz`, await gzip(bytes)] as const),
  );
  const archive = await gzip(tar(tinyEntries()));
  const repacked = await gzip(tar(tinyEntries().toReversed())); // other bytes, the same members
  const below = (files: Iterable<readonly [string, Uint8Array]>) =>
    [...files].map(([name, bytes]) => [`tiny-bin/${name}`, bytes] as const);
  const mixed = [...[...tinyFiles].slice(0, 2), ...packed.slice(2)];
  for (
    const files of [
      ...[tinyFiles, packed, mixed, below(tinyFiles), below(packed)],
      ...[archive, repacked].map((bytes) => [["tiny.tar.gz", bytes] as const]),
      [["other.bin", archive] as const, ...tinyFiles],
    ]
  ) {
    await withFiles(files, async (folder) => {
      const before = await namesIn(folder);
      const onWarning = (message: string) => assert(false, message);
      await assertTiny(await tinySet(), { dataDir: folder, onWarning });
      await assertTiny(await tinySet(), { dataDir: new URL(`file://${folder}`), onWarning });
      assertEquals(await namesIn(folder), before);
    });
  }
});

Deno.test("files with another checksum are used only when told, and then named", async () => {
  const [name, bytes] = ["data_batch_2.bin", tinyFiles.get("data_batch_2.bin") ?? new Uint8Array()];
  const changed = Uint8Array.from(bytes.with(5, (bytes[5] ?? 0) ^ 255));
  const set = await tinySet();
  for (
    const [file, content] of [
      [name, changed],
      [`${name}.gz`, await gzip(changed)],
      [
        "tiny.tar.gz",
        await gzip(
          tar(
            tinyEntries().map((entry) =>
              entry.name.endsWith(name) ? { ...entry, bytes: changed } : entry
            ),
          ),
        ),
      ],
    ] as const
  ) {
    const others = file === "tiny.tar.gz" ? [] : [...tinyFiles].filter(([other]) => other !== name);
    await withFiles([...others, [file, content]], async (folder) => {
      const message = await refused(set, { dataDir: folder }, "unverified");
      assertStringIncludes(message, `${folder}/${file}: SHA-256 must be `);
      assertStringIncludes(message, "(12292 of 12292 bytes)");
      assertStringIncludes(message, "--allow-unverified");
      const warnings: string[] = [];
      const onWarning = (warning: string) => warnings.push(warning);
      const files = await obtainFiles(set, { dataDir: folder, allowUnverified: true, onWarning });
      assertEquals(files.get(name), changed);
      assertEquals(warnings.length, 1);
      assertStringIncludes(warnings[0] ?? "", 'Dataset "tiny" is not verified: ');
      assertStringIncludes(warnings[0] ?? "", file);
    });
  }
});

Deno.test("unverified data may be a part: fewer records, and batches that are left out", async () => {
  const first = tinyFiles.get("data_batch_1.bin") ?? new Uint8Array();
  const test = tinyFiles.get("test_batch.bin") ?? new Uint8Array();
  const part: [string, Uint8Array][] = [
    ["data_batch_1.bin", first.slice(0, 3073)],
    ["test_batch.bin", test],
  ];
  const set = await tinySet();
  await withFiles(part, async (folder) => {
    const message = await refused(set, { dataDir: folder }, "missing");
    assertStringIncludes(message, `${folder} has no data_batch_2.bin`);
    const warnings: string[] = [];
    const onWarning = (warning: string) => warnings.push(warning);
    const files = await obtainFiles(set, { dataDir: folder, allowUnverified: true, onWarning });
    assertEquals(set.decode(files, {}).train.count, 1);
    assertEquals(warnings.length, 2);
    assertStringIncludes(warnings.join("\n"), "data_batch_2.bin is not there");
  });
  await withFiles(part.slice(1), async (folder) => {
    await refused(set, { dataDir: folder, allowUnverified: true }, "missing");
  });
});

Deno.test("an empty, absent or wrong data folder is named with all places looked at", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const dataDir of [folder, `${folder}/absent`, `${folder}/file`]) {
      const message = await refused(await tinySet(), { dataDir }, "missing");
      assertStringIncludes(message, `${dataDir}/tiny-bin has no files`);
      assertStringIncludes(message, `${dataDir} has no files`);
      assert(!message.includes("download"), message);
    }
    await Deno.mkdir(`${folder}/data_batch_1.bin`);
    const message = await refused(await tinySet(), { dataDir: folder }, "storage");
    assertStringIncludes(message, "is a directory");
  });
});

Deno.test("a file in a data folder that grows beyond its size is refused", async () => {
  const set = await tinySet();
  const bomb = await gzip(new Uint8Array(20 << 20));
  await withFiles([["test_batch.bin.gz", bomb]], async (folder) => {
    const message = await refused(set, { dataDir: folder, allowUnverified: true }, "invalid");
    assertStringIncludes(message, "at most 6146 bytes");
  });
  await withFiles([["test_batch.bin", new Uint8Array(7000)]], async (folder) => {
    const message = await refused(set, { dataDir: folder, allowUnverified: true }, "storage");
    assertStringIncludes(message, "too large");
  });
});

Deno.test("the files of another dataset are recognised, also when unverified ones would do", async () => {
  // A real file cannot be made here, so a set is made whose file MNIST's would be mistaken for.
  const tiny = await tinySet();
  const others = await tinySet();
  const set: CanonicalSet = {
    ...tiny,
    name: "twin",
    files: tiny.files.map((file) => ({
      ...file,
      digest: { algorithm: "SHA-256", hex: "0".repeat(64) },
    })),
  };
  await withFiles(tinyFiles, async (folder) => {
    const options = { allowUnverified: true, onWarning() {}, others: [others] };
    await assertRejects(
      () => readDataFolder(set, folder, options),
      DatasetError,
      'current file is the data_batch_1.bin of "tiny"',
    );
  });
});
