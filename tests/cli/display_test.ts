import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Progress, TerminalDisplay } from "../../cli/display.ts";
import { cutToColumns, cutToFields, fitProgress, wrapText } from "../../cli/fit_line.ts";
import { listed, orDash, timeTaken } from "../../cli/format.ts";
import { temporaryFolder } from "./command.ts";
import { offlineFlags } from "../../tools/offline_flags.ts";

const progress = (): Progress => ({ done: 3, total: 4, text: "sgd" });

// the sanitizers find a timer that is left running
Deno.test("several callers can stop a progress bar, and the next progress shows it again", async () => {
  const display = new TerminalDisplay();
  display.show(progress);
  const first = display.stop();
  display.show(progress); // as by a step while Ctrl-C's line waits for the bar to disappear
  await Promise.all([first, display.stop()]);
  display.show(progress);
  await display.stop();
});

Deno.test("a line is printed where the bar was, although progress is shown at every turn", async () => {
  await using folder = await temporaryFolder();
  const program = `${folder.path}/turns.ts`;
  await Deno.writeTextFile(
    program,
    `import { TerminalDisplay } from "${import.meta.resolve("../../cli/display.ts")}";
    const display = new TerminalDisplay();
    const show = () => display.show(() => ({ done: 1, total: 2, text: "sgd" }));
    show();
    let printed = false;
    void display.line("first").then(() => printed = true); // as by Ctrl-C
    void display.line("second");
    while (!printed) {
      await null;
      show();
    }
    await display.stop();`,
  );
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    cwd: new URL("../../", import.meta.url),
    args: ["run", "-A", "--no-check", "--no-prompt", ...offlineFlags(), program],
  }).output();
  const shown = new TextDecoder().decode(stderr);
  assertStringIncludes(shown, "\r\u001b[Kfirst\nsecond\n");
});

Deno.test("lists, durations, and numbers are readable", () => {
  assertEquals([listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])], [
    "a",
    "a and b",
    "a, b, and c",
  ]);
  assertEquals([timeTaken(9.96), timeTaken(61)], ["10.0 s", "1:01"]);
  assertEquals([orDash(NaN, String), orDash(undefined, String), orDash(0, String)], [
    "–",
    "–",
    "0",
  ]);
});

Deno.test("a progress line keeps its text before its bar, and the last column free", () => {
  assertEquals(fitProgress("━━╌", "sgd 1/2", 12), "━━╌ sgd 1/2");
  assertEquals(fitProgress("━━╌", "sgd 1/2", 11), "sgd 1/2");
  assertEquals(fitProgress("━━╌", "sgd 1/2", 8), "sgd 1/2");
  assertEquals(fitProgress("━━╌", "sgd 1/2", 7), "sgd 1…");
  assertEquals([2, 1, 0].map((columns) => fitProgress("━", "sgd", columns)), ["…", "", ""]);
  // a character of two columns is not halved
  assertEquals([6, 5, 4, 3].map((columns) => cutToColumns("漢字漢", columns)), [
    "漢字漢",
    "漢字…",
    "漢…",
    "漢…",
  ]);
});

Deno.test("fields that do not fit are left out from the end", () => {
  const row = "epoch  1/3  sgd           loss 2.5";
  const fitted = (columns: number) => cutToFields(row, columns);
  assertEquals([34, 33, 26, 15, 14, 11, 4].map(fitted), [
    row,
    "epoch  1/3  sgd",
    "epoch  1/3  sgd",
    "epoch  1/3  sgd",
    "epoch  1/3",
    "epoch  1/3",
    "epo…",
  ]);
  assertEquals(fitProgress("━", "sgd  loss 2.5", 13), "sgd");
});

Deno.test("texts break between words, and words longer than a line stay whole", () => {
  assertEquals(wrapText("a bc def", 8), ["a bc def"]);
  assertEquals(wrapText("a bc def", 7), ["a bc", "def"]);
  assertEquals(wrapText("a bc def", 1), ["a", "bc", "def"]);
  assertEquals(wrapText("a bc def", 7, 3), ["a bc", "def"]);
  assertEquals(wrapText("a bc def", 7, 4), ["a", "bc def"]);
  assertEquals(wrapText("漢字 漢字", 8), ["漢字", "漢字"]);
  assertEquals(wrapText("", 5), [""]);
  assertEquals(wrapText("  a bc def", 6), ["  a bc", "  def"]);
  assertEquals(wrapText("  long", 3), ["  long"]);
  assertEquals(wrapText("    ", 3), ["    "]);
});

Deno.test({
  name: "every draw fits the terminal at that moment, and only permanent lines remain",
  ignore: Deno.build.os !== "linux", // needs script(1)'s terminal
  async fn() {
    await using folder = await temporaryFolder();
    const widths = [80, 40, 5, 120, 1, 40];
    const program = `${folder.path}/draw.ts`;
    await Deno.writeTextFile(
      program,
      `import { TerminalDisplay } from "${import.meta.resolve("../../cli/display.ts")}";
      const display = new TerminalDisplay();
      for (const columns of ${JSON.stringify(widths)}) {
        const args = ["cols", String(columns)];
        await new Deno.Command("stty", { args, stdin: "inherit" }).output();
        display.show(() => ({ done: 1, total: 2, text: "gsgd epoch 3/10 loss 0.5432 ".repeat(3) }));
        await display.line(\`epoch \${columns}\`);
      }`,
    );
    const map = offlineFlags().join(" ");
    const { stdout } = await new Deno.Command("script", {
      cwd: new URL("../../", import.meta.url),
      args: [
        "-qec",
        `${Deno.execPath()} run -A --no-check --no-prompt ${map} ${program}`,
        "/dev/null",
      ],
      env: { TERM: "xterm", NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const lines = new TextDecoder().decode(stdout).split("\r\n");
    assertEquals(lines.length, widths.length + 1, JSON.stringify(lines));
    for (const [i, columns] of widths.entries()) {
      const parts = lines[i]!.split("\r\u001b[K");
      const drawn = parts.slice(0, -1).map((part) => part.length);
      assertEquals(parts.at(-1), `epoch ${columns}`);
      const widest = Math.max(...drawn);
      assert(widest < columns && widest >= Math.min(columns - 1, 93), `${widest} of ${columns}`);
    }
  },
});
