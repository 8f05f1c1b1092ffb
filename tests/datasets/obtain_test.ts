import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  DatasetError,
  datasetHosts,
  datasetNames,
  type DownloadProgress,
  loadDataset,
} from "../../datasets/mod.ts";
import { cacheFolder } from "../../datasets/cache_folder.ts";
import { canonicalSets } from "../../datasets/catalog.ts";
import { shippedNames } from "../../datasets/missing_data.ts";
import type { ObtainOptions } from "../../datasets/obtain.ts";
import { showPlace, within } from "../../datasets/place.ts";
import {
  gzip,
  namesIn,
  serveRange,
  tar,
  tinyEntries,
  tinySet,
  withFolder,
  withServer,
} from "./tiny_set.ts";
import { assertTiny, refused } from "./tiny_set_checks.ts";

const quick = { rounds: 1, retryDelayMs: 1, stallMs: 5000 };

Deno.test("a dataset is downloaded only on first use", async () => {
  const archive = await gzip(tar(tinyEntries()));
  let requests = 0;
  const answer = (request: Request) => {
    requests++;
    return serveRange(request, archive);
  };
  await withServer(answer, (origin) =>
    withFolder(async (folder) => {
      const set = await tinySet({ urls: [`${origin}/tiny.tar.gz`], archive });
      const cacheDir = `${folder}/made/on/the/way`;
      const seen: DownloadProgress[] = [];
      const download = { ...quick, onProgress: (step: DownloadProgress) => seen.push(step) };
      await assertTiny(set, { cacheDir, download });
      assertEquals(await namesIn(cacheDir), ["tiny/tiny.tar.gz"]);
      assertEquals(seen.at(-1)?.receivedBytes, archive.length);
      await assertTiny(set, { cacheDir: new URL(`file://${cacheDir}`), download });
      assertEquals(requests, 1);
      // Whatever happens to the file, wrong bytes are never used.
      await Deno.writeFile(`${cacheDir}/tiny/tiny.tar.gz`, archive.slice(0, -1));
      await assertTiny(set, { cacheDir, download });
      assertEquals(requests, 2);
      assertEquals(await namesIn(cacheDir), ["tiny/tiny.tar.gz"]);
    }));
});

Deno.test("without network and data, the error says what is missing, where, and what to do", async () => {
  await withFolder(async (folder) => {
    const set = await tinySet({ urls: ["http://127.0.0.1:1/tiny.tar.gz"] });
    const message = await refused(set, { cacheDir: folder, download: quick }, "missing");
    for (
      const part of [
        `tiny.tar.gz is not in ${folder}/tiny`,
        "http://127.0.0.1:1/tiny.tar.gz: the connection failed",
        "The download was allowed but failed: check the network",
        "--data-dir",
        "tiny-bin/: tiny.tar.gz, or data_batch_1.bin, data_batch_2.bin, test_batch.bin",
        "fashion-mnist-7x7, digits, synthetic",
      ]
    ) assertStringIncludes(message, part);
    assert(!message.includes("--allow-"), message);
  });
});

async function child(
  flags: readonly string[],
  name: string,
  options: ObtainOptions = {},
  env: Record<string, string> = {},
): Promise<string> {
  const script = new URL("./obtain_child.ts", import.meta.url).href;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...flags, script, name, JSON.stringify(options)],
    env: { HOME: "/nowhere", XDG_CACHE_HOME: "", NO_COLOR: "1", ...env },
  });
  const { stdout, stderr } = await command.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("each missing permission is named, with all flags that a download needs", async () => {
  await withFolder(async (folder) => {
    const net = "--allow-net=storage.googleapis.com,ossci-datasets.s3.amazonaws.com";
    const options = { cacheDir: folder, download: quick };
    const flags = `${net} --allow-read=${folder} --allow-write=${folder}`;
    const bare = await child([], "mnist");
    assertStringIncludes(bare, "permission\nCannot load dataset");
    assertStringIncludes(bare, "permission to read the environment is missing");
    assertStringIncludes(bare, "--allow-env=XDG_CACHE_HOME,HOME");
    for (const given of [[], [`--allow-read=${folder}`], [`--allow-write=${folder}`]]) {
      const text = await child(given, "mnist", options);
      assertStringIncludes(text, "permission\nCannot load dataset");
      assertStringIncludes(text, `permission to use ${folder}/mnist is missing`);
      assertStringIncludes(text, flags);
    }
    const offline = await child(
      [`--allow-read=${folder}`, `--allow-write=${folder}`],
      "mnist",
      options,
    );
    assertStringIncludes(offline, "missing\nCannot load dataset");
    assertStringIncludes(offline, "ubyte.gz: permission for the network is missing");
    assertStringIncludes(offline, flags);
    const noData = await child([], "mnist", { dataDir: folder });
    assertStringIncludes(noData, "permission\nCannot load dataset");
    assertStringIncludes(noData, "--allow-read");
    const env = `--allow-env=${
      Deno.build.os === "windows" ? "LOCALAPPDATA," : ""
    }XDG_CACHE_HOME,HOME`;
    const home = { XDG_CACHE_HOME: folder };
    const text = await child([env, `--allow-read=${folder}`], "mnist", {}, home);
    assertStringIncludes(text, `permission to use ${folder}/gspace/datasets/mnist is missing`);
  });
});

Deno.test("data in the cache or a data folder need only --allow-read", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/tiny`);
    await Deno.writeFile(`${folder}/tiny/tiny.tar.gz`, await gzip(tar(tinyEntries())));
    const names = "data_batch_1.bin,data_batch_2.bin,test_batch.bin\n";
    assertEquals(await child([`--allow-read=${folder}`], "tiny", { cacheDir: folder }), names);
    const dataDir = `${folder}/tiny`;
    assertEquals(await child([`--allow-read=${folder}`], "tiny", { dataDir }), names);
  });
});

Deno.test("cacheFolder() follows the conventions of each system", () => {
  const folder = (os: string, variables: Record<string, string>) =>
    cacheFolder({ os, variable: (name) => variables[name] });
  assertEquals(folder("linux", { HOME: "/home/a/" }), "/home/a/.cache/gspace");
  assertEquals(folder("linux", { HOME: "/home/a", XDG_CACHE_HOME: "/c" }), "/c/gspace");
  assertEquals(folder("linux", { HOME: "/home/a", XDG_CACHE_HOME: "c" }), "/home/a/.cache/gspace");
  assertEquals(folder("darwin", { HOME: "/Users/a" }), "/Users/a/Library/Caches/gspace");
  const local = "C:\\Users\\a\\AppData\\Local";
  assertEquals(folder("windows", { LOCALAPPDATA: local, HOME: "/x" }), `${local}/gspace`);
  for (const os of ["linux", "darwin", "windows"]) assertEquals(folder(os, {}), undefined);
});

Deno.test("within() joins paths and URLs", () => {
  assertEquals(within("a", "b/c"), "a/b/c");
  assertEquals(within("/a//", "b"), "/a/b");
  assertEquals(within("/", "b"), "/b");
  assertEquals(within("", "b"), "b");
  for (const folder of ["file:///a%20b", "file:///a%20b/"]) {
    assertEquals(showPlace(within(new URL(folder), "c")), "file:///a%20b/c");
  }
});

Deno.test("the catalog is complete: checksums, lengths, HTTPS addresses, hosts, and names", () => {
  assertEquals([...canonicalSets.keys()], ["mnist", "fashion-mnist", "cifar10", "cifar100"]);
  assertEquals([...datasetNames].toSorted(), [...shippedNames, ...canonicalSets.keys()].toSorted());
  const sums: string[] = [];
  for (const { name, files, downloads } of canonicalSets.values()) {
    for (const { sha256, urls, byteLength } of downloads) {
      assertEquals(sha256.match(/^[0-9a-f]{64}$/)?.length, 1);
      assert(byteLength > 1000 && urls.length >= 2, name);
      for (const url of urls) assertEquals(new URL(url).protocol, "https:");
      sums.push(sha256);
    }
    for (const { digest: { algorithm, hex } } of files) {
      assertEquals([hex.length, /^[0-9a-f]+$/.test(hex)], [algorithm === "MD5" ? 32 : 64, true]);
      sums.push(hex);
    }
    assert(new Set(datasetHosts.get(name)).size >= 2);
  }
  assertEquals(new Set(sums).size, sums.length);
});

Deno.test("loadDataset() suggests the public datasets by name, too", async () => {
  for (const [name, nearest] of [["cifar-10", "cifar10"], ["MNIST", "mnist"]] as const) {
    await assertRejects(() => loadDataset(name), DatasetError, `(did you mean "${nearest}"?)`);
  }
});
