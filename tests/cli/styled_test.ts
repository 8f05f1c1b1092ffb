import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { styledTable } from "../../cli/format.ts";
import { resultTable } from "../../cli/results/results.ts";
import { heading, joined, plain, prose, render, type Styled } from "../../cli/styled.ts";
import { small, temporaryFolder } from "./command.ts";
import { onTerminal } from "./terminal.ts";

const ignore = Deno.build.os !== "linux"; // needs script(1)'s terminal
const bold = (text: string, color: number) =>
  `\u001b[1m\u001b[${color}m${text}\u001b[39m\u001b[22m`;

const sample: Styled = [
  { text: "error: ", style: "error" },
  prose("one two\nthree four"),
  "\n",
  { text: "a 1  b 2", style: "row" },
  heading("\u001b[2J"),
];

Deno.test("styles show only where a stream has colors and columns", () => {
  const text = "error: one two\nthree four\na 1  b 2";
  assertEquals(plain(sample), `${text}\u001b[2J`);
  assertEquals(render(sample, { hasColor: false, columns: Infinity }), `${text}\\u001b[2J`);
  assertEquals(
    render(sample, { hasColor: true, columns: 7 }),
    `${bold("error: ", 31)}one\ntwo\nthree\nfour\na 1\u001b[1m\\u001b[2J\u001b[22m`,
  );
  assertEquals(render("a long line", { hasColor: true, columns: 3 }), "a long line");
});

Deno.test("joined() keeps the styles of its texts", () => {
  const text = joined(["a", [heading("b")], "c"], "-");
  assertEquals(plain(text), "a-b-c");
  assertEquals(render(text, { hasColor: true, columns: 80 }), "a-\u001b[1mb\u001b[22m-c");
  assertEquals(joined([], "-"), []);
});

Deno.test("styled cells are where the same cells are in a plain table", () => {
  const header = ["name", "x", "y"];
  const best = (text: string) => ({ text, style: "best" as const });
  const rows = [["1", best("1"), "1"], ["b", "11", best("1")], [best("c"), best("")]];
  const table = styledTable(header, rows, 1);
  const look = { hasColor: true, columns: 80 };
  const lines = render(table, look).split("\n").slice(2);
  const green = (text: string) => bold(text, 32);
  assertEquals(lines, [
    `1      ${green("1")}  1`,
    `b     11  ${green("1")}`,
    `${green("c")}${render([best("")], look)}`,
  ]);
});

Deno.test("the lowest test error is marked if optimizers differ, and losses that diverged", () => {
  const marked = (...errors: readonly (number | null)[]) => {
    const ends = errors.map((testError, i) => ({
      ...{ kind: "end" as const, arm: `${i}`, epoch: 1, step: 1, seconds: 1, imagesPerSecond: 1 },
      ...{ trainLoss: testError === 0.9 ? NaN : 1, trainError: 0, testLoss: null, testError },
    }));
    const arms = ends.map(({ arm }) => ({ name: arm, initialWeights: "default" }));
    const [table] = resultTable(arms, ends);
    assert(typeof table === "object" && "lines" in table);
    const parts = table.lines.flat();
    return parts.flatMap((part) => typeof part === "string" ? [] : [[part.style, part.text]]);
  };
  assertEquals(marked(0.5, 0.25, 0.75), [["best", "25.00 %"]]);
  assertEquals(marked(0.5, 0.25, 0.25), [["best", "25.00 %"], ["best", "25.00 %"]]);
  assertEquals(marked(0.5), []);
  assertEquals(marked(0.5, 0.5), []);
  assertEquals(marked(null, null), []);
  assertEquals(marked(null, 0.5, NaN, 0.25), [["best", "25.00 %"]]);
  assertEquals(marked(0.9, 0.5), [["error", "–"], ["best", "50.00 %"]]);
});

const flags = [...small, "--optimizer=sgd,gsgd", "--steps=3"];
// deno-lint-ignore no-control-regex
const color = /\u001b\[\d+m/;

Deno.test({
  name: "a terminal gets colors unless NO_COLOR is set or it is dumb",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const run = (name: string, env: Readonly<Record<string, string>>) =>
      onTerminal([...flags, "--out", `${folder.path}/${name}`], { env });
    const colored = await run("colored", {});
    assert(colored.includes("\u001b[1m\u001b[32m"), colored);
    // the file is plain
    assert(!color.test(await Deno.readTextFile(`${folder.path}/colored/results.txt`)));
    for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }] as const) {
      const shown = await run(Object.keys(env).join(), env);
      assertStringIncludes(shown, "test error");
      assert(!color.test(shown), JSON.stringify(shown));
    }
    const error = await onTerminal(["train", "--nonsense"]);
    assertStringIncludes(error, `${bold("error: ", 31)}Cannot use --nonsense`);
    assertStringIncludes(await onTerminal(["train", "--help"]), "\u001b[1mExamples\u001b[22m");
  },
});

for (const columns of [80, 40]) {
  Deno.test({
    name: `at ${columns} columns, training leaves a line for each epoch of each optimizer`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder();
      const quick = flags.filter((flag) => !/^--(quiet|steps)/.test(flag));
      const shown = await onTerminal(
        [...quick, "--optimizer=sgd-skeleton,gsgd", "--epochs=5", "--out", `${folder.path}/run`],
        { columns, after: ">/dev/null" },
      );
      const lines = shown.trimEnd().split("\r\n").map((line) => line.split("\r\u001b[K").at(-1)!);
      const first = lines.findIndex((line) => line.startsWith("epoch 1/5"));
      const epochs = lines.slice(first).filter((line) => line !== "");
      assertEquals(epochs.length, 10, shown);
      for (const line of epochs) {
        assert(/^epoch \d\/5 {2}\S+ +loss \d/.test(line), line);
        assert(line.length <= columns && line === line.trimEnd(), line);
      }
      assertEquals(epochs[0]!.includes("test error"), columns === 80);
      const before = lines.slice(0, first).filter((line) => !line.startsWith("folder: "));
      for (const line of before) assert(line.length <= columns, line);
    },
  });
}
