import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatasetError, loadDataset } from "../../datasets/mod.ts";
import type { Bytes, CanonicalSet } from "../../datasets/canonical.ts";
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

Deno.test("a data folder may contain plain, gzipped, or archived files, directly or in a subfolder", async () => {
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

Deno.test("files with another checksum are used only if allowed, with a warning that names them", async () => {
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

Deno.test("unverified data may be incomplete: fewer records or missing batches", async () => {
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
    assertStringIncludes(warnings.join("\n"), "data_batch_2.bin is missing");
  });
  await withFiles(part.slice(1), async (folder) => {
    await refused(set, { dataDir: folder, allowUnverified: true }, "missing");
  });
});

Deno.test("the error for an empty, missing, or wrong data folder lists all searched places", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const dataDir of [folder, `${folder}/absent`, `${folder}/file`]) {
      const message = await refused(await tinySet(), { dataDir }, "missing");
      assertStringIncludes(message, `${dataDir}/tiny-bin has no files`);
      const inside = dataDir === folder ? '1 file ("file"), but none has' : "no files";
      assertStringIncludes(message, `${dataDir} has ${inside}`);
      assert(!message.includes("download"), message);
    }
    await Deno.mkdir(`${folder}/data_batch_1.bin`);
    const message = await refused(await tinySet(), { dataDir: folder }, "storage");
    assertStringIncludes(message, "is a directory");
  });
});

Deno.test("a file in a data folder that decompresses to too many bytes is refused", async () => {
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

Deno.test("the files of another dataset are recognized, even if unverified files are allowed", async () => {
  // A real file cannot be made here, so the test defines a set with the file of MNIST.
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
      'current file is data_batch_1.bin of "tiny"',
    );
  });
});

Deno.test("files are found by their contents, regardless of name and compression", async () => {
  const set = await tinySet();
  const [first, second, test] = [...tinyFiles.values()] as [Bytes, Bytes, Bytes];
  const members = async (bytes: Bytes) => {
    const [a, b] = [await gzip(bytes.slice(0, 5000)), await gzip(bytes.slice(5000))];
    const whole = new Uint8Array(a.length + b.length);
    whole.set(a);
    whole.set(b, a.length);
    return whole;
  };
  const archive = tar(tinyEntries());
  const folders: readonly (readonly (readonly [string, Uint8Array])[])[] = [
    // gzip without .gz, twice, in several members, and .gz without gzip
    [
      ["data_batch_1.bin", await gzip(first)],
      ["data_batch_2.bin.gz", await gzip(await gzip(second))],
      ["test_batch.bin.gz", test],
    ],
    [
      ["data_batch_1.bin.gz", await members(first)],
      ["x", second],
      ["y.zip", await gzip(test)],
      ["z", new Uint8Array(10)],
      ["w.gz", (await gzip(first)).slice(0, 50)],
    ],
    [["tiny.tar.gz", await gzip(await gzip(archive))]],
    [["tiny.tar.gz", await members(archive)]],
    [["tiny.tar", archive]],
    [["tiny.tgz", await gzip(archive)]],
    [["tiny.tar", await gzip(archive)]],
  ];
  for (const files of folders) {
    await withFiles(files, async (folder) => {
      await assertTiny(set, { dataDir: folder, onWarning: (message) => assert(false, message) });
    });
  }
});

Deno.test("the error for a folder with other files lists some of them and what was expected", async () => {
  const set = await tinySet();
  const others = Array.from(
    { length: 14 },
    (_, i) => [`photo-${String(i).padStart(2, "0")}.jpg`, new Uint8Array(12_292).fill(i)] as const,
  );
  await withFiles(others, async (folder) => {
    const message = await refused(set, { dataDir: folder }, "missing");
    assertStringIncludes(
      message,
      `${folder} has 14 files ("photo-00.jpg", "photo-01.jpg", "photo-02.jpg", "photo-03.jpg", ` +
        `"photo-04.jpg", …), but none has the name or contents of data_batch_1.bin, ` +
        "data_batch_2.bin, test_batch.bin",
    );
  });
});

Deno.test("MNIST's file names with a dot are recognized, even without verification", async () => {
  const idx = (shape: readonly number[]) => {
    const bytes = new Uint8Array(4 + 4 * shape.length + shape.reduce((a, b) => a * b));
    bytes.set([0, 0, 8, shape.length]);
    shape.forEach((size, i) => new DataView(bytes.buffer).setUint32(4 + 4 * i, size));
    return bytes;
  };
  for (const ending of ["-ubyte", "", "-ubyte.gz", ".gz"]) {
    const pack = (bytes: Uint8Array<ArrayBuffer>) => ending.endsWith(".gz") ? gzip(bytes) : bytes;
    const files = [
      [`train-images.idx3${ending}`, await pack(idx([3, 28, 28]))],
      [`train-labels.idx1${ending}`, await pack(idx([3]))],
      [`t10k-images.idx3${ending}`, await pack(idx([2, 28, 28]))],
      [`t10k-labels.idx1${ending}`, await pack(idx([2]))],
    ] as const;
    await withFiles(files, async (dataDir) => {
      const options = { dataDir, allowUnverified: true, onWarning: () => {} };
      const { train, test } = await loadDataset("mnist", options);
      assertEquals([train.count, test.count], [3, 2]);
    });
  }
});
