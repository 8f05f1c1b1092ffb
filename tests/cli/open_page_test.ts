import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { browserCommand } from "../../cli/browser_command.ts";
import { small, startScript, temporaryFolder } from "./command.ts";
import { offlineFlags } from "../../tools/offline_flags.ts";

const ignore = Deno.build.os !== "linux"; // needs scripts of sh, and DISPLAY
const module = import.meta.resolve("../../cli/open_page.ts");

/** A program in place of the one that opens pages: it writes its arguments to a file. */
async function opener(folder: string, then = "") {
  const [path, log] = [`${folder}/opener`, `${folder}/opened`];
  await Deno.writeTextFile(path, `#!/bin/sh\nprintf '%s\\n' "$@" > '${log}'\n${then}\n`);
  await Deno.chmod(path, 0o755);
  return { path, opened: () => Deno.readTextFile(log).catch(() => "") };
}

/** Calls openPage() in a process with these permissions, and a display if `display` names one. */
async function open(
  page: string,
  command: readonly string[],
  permissions: readonly string[],
  display = ":9",
) {
  const program = `import { openPage } from "${module}";
    await openPage(${JSON.stringify(page)}, ${JSON.stringify(command)});
    console.log("done");`;
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(script, program);
    // no --no-prompt: a prompt would wait, or show as text
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      cwd: new URL("../../", import.meta.url),
      args: [
        "run",
        "--quiet",
        "--no-check",
        ...offlineFlags(),
        "--allow-read",
        ...permissions,
        script,
      ],
      env: { DISPLAY: display, WAYLAND_DISPLAY: "", NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals(text(stdout), "done\n", text(stderr));
    return text(stderr);
  } finally {
    await Deno.remove(script);
  }
}

const env = "--allow-env=DISPLAY,WAYLAND_DISPLAY,TERM";

Deno.test({
  name: "openPage() passes the page to the program, and prints nothing",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const { path, opened } = await opener(folder.path);
    const run = [`--allow-run=${path}`, env];
    assertEquals(await open("http://127.0.0.1:8765/", [path, "-x"], run), "");
    assertEquals(await opened(), "-x\nhttp://127.0.0.1:8765/\n");
    assertEquals(await open("/a b/-é.html", [path], run), "");
    assertEquals(await opened(), "file:///a%20b/-%C3%A9.html\n");
  },
});

Deno.test({
  name: "openPage() does not wait for a browser that keeps its program running",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const { path, opened } = await opener(folder.path, 'sleep 4; echo late > "$0.late"');
    assertEquals(await open("http://x/", [path], [`--allow-run=${path}`, env]), "");
    assertEquals(await opened(), "http://x/\n");
    // the program outlives the command
    assertEquals(await Deno.stat(`${path}.late`).catch(() => "none"), "none");
    while (await Deno.readTextFile(`${path}.late`).catch(() => "") === "") {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
});

Deno.test({
  name: "openPage() says why a page was not opened, and where it is, and does not ask",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const { path, opened } = await opener(folder.path, "exit 3");
    const missing = `${folder.path}/none`;
    const allowed = [`--allow-run=${path},${missing}`, env];
    const cases = [
      [
        await open("http://x/", [path], [env]),
        `permission not granted: run deno with --allow-run=${path}`,
      ],
      [
        await open("http://x/", [path], allowed, ""),
        "there is no display: DISPLAY and WAYLAND_DISPLAY are not set",
      ],
      [await open("http://x/", [path], [`--allow-run=${path}`]), "there is no display"],
      [await open("http://x/", [missing], allowed), `${missing} is not installed`],
    ] as const;
    assertEquals(await opened(), "");
    const failed = [
      await open("http://x/", [path], allowed),
      `${path} failed with exit code 3`,
    ] as const;
    for (const [stderr, reason] of [...cases, failed]) {
      assert(stderr.startsWith(`warning: the page was not opened (${reason}`), stderr);
      assert(stderr.endsWith("): open it in a browser: http://x/\n"), stderr);
      assertEquals(stderr.trimEnd().split("\n").length, 1);
    }
  },
});

Deno.test({
  name: "train --open opens the report, or the live page, and without a display names it",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const opened = async (...flags: readonly string[]) => {
      const args = [...small, "--optimizer=sgd", "--steps=2", "--open", ...flags];
      const child = startScript("cli/main.ts", args, "unset DISPLAY WAYLAND_DISPLAY");
      const { code, stderr } = await child.output();
      const text = new TextDecoder().decode(stderr);
      assertEquals(code, 0, text);
      return text.trimEnd().split("\n");
    };
    const lines = await opened("--out", `${folder.path}/a`);
    assertEquals(lines.length, 1, lines.join("\n"));
    assertStringIncludes(lines[0]!, "the page was not opened (there is no display");
    assert(lines[0]!.endsWith(`: file://${folder.path}/a/report.html`));
    const live = await opened("--out", `${folder.path}/b`, "--live");
    assertEquals(live.length, 1, live.join("\n"));
    assert(/\): open it in a browser: http:\/\/127\.0\.0\.1:\d+\/?$/.test(live[0]!), live[0]);
  },
});

Deno.test("pages are opened by a program with an absolute path", () => {
  assert(/^(\/usr\/bin\/|C:\\Windows\\System32\\)/.test(browserCommand[0]));
});
