import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import {
  FileError,
  readFileChecked,
  removeLeftovers,
  writeFileAtomic,
} from "../../checkpoint/mod.ts";

const script = new URL("./write_in_a_loop.ts", import.meta.url);

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

async function fails(run: () => Promise<unknown>, reason: string): Promise<FileError> {
  const error = await assertRejects(run, FileError);
  assert(error instanceof FileError);
  assertEquals(error.reason, reason);
  assert(!error.message.includes("\n") && !error.message.includes("    at "), error.message);
  return error;
}

Deno.test("writeFileAtomic() creates or replaces a file and leaves no temporary file", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/model.safetensors`;
    await writeFileAtomic(path, new Uint8Array([1, 2, 3]));
    assertEquals(await readFileChecked(path), new Uint8Array([1, 2, 3]));
    const large = new Uint8Array(3_000_000).fill(7);
    await writeFileAtomic(path, large);
    assertEquals((await readFileChecked(path)).length, large.length);
    await writeFileAtomic(path, new Uint8Array());
    assertEquals((await readFileChecked(path)).length, 0);
    assertEquals(await namesIn(folder), ["model.safetensors"]);
  });
});

Deno.test("removeLeftovers() removes only temporary files of killed processes", async () => {
  await inFolder(async (folder) => {
    const left = ".model.safetensors.0a1b2c3d.tmp";
    const others = [".hidden", "a.0a1b2c3d.tmp", ".a.0a1b2c3.tmp", ".a.0a1b2c3d.tmp.gz", "model"];
    for (const name of [left, ...others]) {
      await writeFileAtomic(`${folder}/${name}`, new Uint8Array(1));
    }
    await removeLeftovers(folder);
    assertEquals(await namesIn(folder), others.toSorted());
    await fails(() => removeLeftovers(`${folder}/no`), "not found");
  });
});

Deno.test("paths may be URLs with blanks and percent signs", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a b%20ü.bin`;
    const url = new URL(`file://${folder}/${encodeURIComponent("a b%20ü.bin")}`);
    await writeFileAtomic(url, new Uint8Array([5]));
    assertEquals(await readFileChecked(path), new Uint8Array([5]));
    assertEquals(await readFileChecked(url), new Uint8Array([5]));
  });
});

Deno.test("concurrent writes to one path leave one of the contents, complete", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    await Promise.all(
      [1, 2, 3, 4, 5].map((value) => writeFileAtomic(path, new Uint8Array(200_000).fill(value))),
    );
    const bytes = await readFileChecked(path);
    assertEquals(bytes.length, 200_000);
    assertEquals(new Set(bytes).size, 1);
    assertEquals(await namesIn(folder), ["file"]);
  });
});

Deno.test("errors name missing folders, and files and folders in each other's place", async () => {
  await inFolder(async (folder) => {
    const byte = new Uint8Array(1);
    const missing = await fails(() => writeFileAtomic(`${folder}/no/file`, byte), "not found");
    assertEquals(
      missing.message,
      `Cannot write ${JSON.stringify(`${folder}/no/file`)}: not found (the folder must exist)`,
    );
    assertEquals(missing.path, `${folder}/no/file`);
    await fails(() => readFileChecked(`${folder}/file`), "not found");
    await fails(() => readFileChecked(folder), "is a directory");
    await fails(() => writeFileAtomic(folder, byte), "is a directory");
    await fails(() => writeFileAtomic(`${folder}/`, byte), "is a directory");
    await writeFileAtomic(`${folder}/plain`, byte);
    // Windows does not say which part of a path is wrong
    const inFile = Deno.build.os === "windows" ? "not found" : "not a directory";
    await fails(() => writeFileAtomic(`${folder}/plain/file`, byte), inFile);
    await fails(() => readFileChecked(`${folder}/plain/file`), inFile);
    assertEquals(await namesIn(folder), ["plain"]);
  });
});

Deno.test("readFileChecked() refuses files over maxBytes and anything but regular files", async () => {
  await inFolder(async (folder) => {
    await writeFileAtomic(`${folder}/file`, new Uint8Array(11));
    assertEquals((await readFileChecked(`${folder}/file`, { maxBytes: 11 })).length, 11);
    await fails(() => readFileChecked(`${folder}/file`, { maxBytes: 10 }), "too large");
  });
});

Deno.test({
  name: "an endless device is not read",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await fails(() => readFileChecked("/dev/zero"), "not a regular file");
  },
});

/** Runs a command without root's privilege to ignore file permissions (util-linux). */
const asAnyone = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"];

/** Runs the writing script once, in a case in which writing must fail. */
async function writeOnce(
  folder: string,
  options: { args?: string[]; shell?: string; prefix?: readonly string[] },
): Promise<{ code: number; text: string }> {
  const deno = [Deno.execPath(), "run", "--no-config", "--no-lock", "--quiet", "--no-prompt"];
  const args = options.args ?? ["--allow-read", "--allow-write"];
  const line = [
    ...(options.prefix ?? []),
    ...deno,
    ...args,
    script.href,
    "once",
    `${folder}/file`,
  ];
  const [command, ...rest] = options.shell === undefined
    ? line
    : ["sh", "-c", `${options.shell}; exec "$@"`, "sh", ...line];
  const output = await new Deno.Command(command ?? "", { args: rest }).output();
  const text = new TextDecoder().decode(output.stdout) + new TextDecoder().decode(output.stderr);
  return { code: output.code, text };
}

Deno.test("without permission, the message names the missing flag and nothing is written", async () => {
  await inFolder(async (folder) => {
    for (const args of [[], ["--allow-read"], [`--allow-write=${folder}`]]) {
      const { code, text } = await writeOnce(folder, { args });
      assertEquals(code, 1, text);
      assert(text.includes("permission not granted (run deno with --allow-read"), text);
      assertEquals(await namesIn(folder), []);
    }
  });
});

Deno.test({
  name: "when the disk is full, the old file is kept and the temporary file is removed",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await inFolder(async (folder) => {
      await writeFileAtomic(`${folder}/file`, new Uint8Array([1, 2, 3]));
      // A file-size limit interrupts a write without a full disk.
      const { code, text } = await writeOnce(folder, { shell: "trap '' XFSZ; ulimit -f 64" });
      assertEquals(code, 1, text);
      assert(text.includes("too large (the old file, if there was one, is kept)"), text);
      assertEquals(await readFileChecked(`${folder}/file`), new Uint8Array([1, 2, 3]));
      assertEquals(await namesIn(folder), ["file"]);
    });
  },
});

Deno.test({
  name: "a read-only folder is refused and its file is kept",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await inFolder(async (folder) => {
      await writeFileAtomic(`${folder}/file`, new Uint8Array([1]));
      await Deno.chmod(folder, 0o555);
      try {
        // Root may write anywhere unless it drops this privilege.
        const isRoot = await canWrite(`${folder}/probe`);
        const { code, text } = await writeOnce(folder, isRoot ? { prefix: asAnyone } : {});
        assertEquals(code, 1, text);
        assert(text.includes("permission denied"), text);
        assertEquals(await namesIn(folder), ["file"]);
        assertEquals(await readFileChecked(`${folder}/file`), new Uint8Array([1]));
      } finally {
        await Deno.chmod(folder, 0o755);
      }
    });
  },
});

async function canWrite(path: string): Promise<boolean> {
  try {
    await Deno.writeFile(path, new Uint8Array(), { createNew: true });
  } catch {
    return false;
  }
  await Deno.remove(path);
  return true;
}

/** Kills a process that keeps rewriting a file. Returns whether the file is complete. */
async function killWhileWriting(folder: string, mode: string, delayMs: number): Promise<boolean> {
  const path = `${folder}/file`;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-config", "--no-lock", "--quiet", "--allow-read", "--allow-write"],
      ...[script.href, mode, path],
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read(); // the first version is complete; from here on a kill may come
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  const bytes = await Deno.readFile(path);
  const first = bytes[0];
  return bytes.length === 4_000_000 && first !== undefined && bytes.every((b) => b === first);
}

Deno.test("kill -9 at any point leaves a complete file, unlike plain writing", async () => {
  const torn = { atomic: 0, plain: 0 };
  const runs = 24;
  await inFolder(async (folder) => {
    for (let run = 0; run < runs; run++) {
      const delayMs = (run * 7.3) % 23;
      if (!(await killWhileWriting(folder, "atomic", delayMs))) torn.atomic++;
      if (!(await killWhileWriting(folder, "plain", delayMs))) torn.plain++;
    }
  });
  assertEquals(torn.atomic, 0);
  assertGreater(torn.plain, 0, "the control tore no file, so this test proves nothing");
});
