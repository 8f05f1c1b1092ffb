/**
 * What this project relies on in `@std/cli`, stated once. It runs against whichever implementation
 * is loaded, so the registry's package and the stand-ins of tools/offline keep the same promises.
 */
import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { ProgressBar } from "@std/cli/unstable-progress-bar";

// The options stand in each call, because the real package derives its result type from them.
type Parsed = Record<string, unknown>;

Deno.test("parseArgs() reads values after '=' and after a space", () => {
  const args: Parsed = parseArgs(
    ["train", "--lr=0.1", "--out", "runs/a b", "--quiet", "rest", "--model=a=b"],
    { string: ["lr", "out", "model", "seed"], boolean: ["quiet", "plot"] },
  );
  assertEquals(args._, ["train", "rest"]);
  assertEquals(args.lr, "0.1");
  assertEquals(args.out, "runs/a b");
  assertEquals(args.model, "a=b");
  assertEquals(args.seed, undefined);
  assertEquals([args.quiet, args.plot], [true, false]);
});

Deno.test("parseArgs() lets a boolean flag be set to false, and takes no other value for it", () => {
  const inline: Parsed = parseArgs(["--quiet=false"], { boolean: ["quiet"] });
  assertEquals(inline.quiet, false);
  const apart: Parsed = parseArgs(["--quiet", "false", "rest"], { boolean: ["quiet"] });
  assertEquals([apart.quiet, apart._], [false, ["rest"]]);
});

Deno.test("parseArgs() makes numbers only of what is not declared as text", () => {
  const args: Parsed = parseArgs(["--epochs", "3", "--lr", "1e-2", "--shift=-2", "7"], {
    string: ["lr"],
  });
  assertEquals([args.epochs, args.lr, args.shift], [3, "1e-2", -2]);
  assertEquals(args._, [7]);
  assertEquals(parseArgs(["7"], { string: ["_"] })._, ["7"]);
});

Deno.test("parseArgs() gives empty text to a text flag without a value", () => {
  const args: Parsed = parseArgs(["--out", "--lr", "0.1", "--model"], {
    string: ["out", "lr", "model"],
  });
  assertEquals([args.out, args.lr, args.model], ["", "0.1", ""]);
});

Deno.test("parseArgs() takes a negative number only after '='", () => {
  const inline: Parsed = parseArgs(["--lr=-0.5"], { string: ["lr"] });
  assertEquals(inline.lr, "-0.5");
  const apart: Parsed = parseArgs(["--lr", "-0.5"], { string: ["lr"], unknown: () => false });
  assertEquals(apart.lr, "");
});

Deno.test("parseArgs() keeps the last of repeated flags, or collects them", () => {
  const repeated = ["--opt", "sgd", "--opt", "gsgd"];
  const last: Parsed = parseArgs(repeated, { string: ["opt"] });
  assertEquals(last.opt, "gsgd");
  const all: Parsed = parseArgs(repeated, { string: ["opt"], collect: ["opt"] });
  assertEquals(all.opt, ["sgd", "gsgd"]);
  const none: Parsed = parseArgs([], { string: ["opt"], collect: ["opt"] });
  assertEquals(none.opt, []);
});

Deno.test("parseArgs() sets a negatable flag to false, and no other", () => {
  const seen: string[] = [];
  const args: Parsed = parseArgs(["--no-shuffle", "--no-plot"], {
    boolean: ["shuffle", "plot", "resume"],
    negatable: ["shuffle"],
    default: { shuffle: true, resume: true },
    unknown: (arg: string) => {
      seen.push(arg);
      return false;
    },
  });
  assertEquals([args.shuffle, args.plot, args.resume], [false, false, true]);
  assertEquals(seen, ["--no-plot"]);
});

Deno.test("parseArgs() fills in aliases and defaults", () => {
  const given: Parsed = parseArgs(["-h", "-e", "3"], {
    alias: { h: "help", e: "epochs" },
    boolean: ["help"],
    string: ["epochs"],
    default: { epochs: "5" },
  });
  assertEquals([given.help, given.h, given.epochs, given.e], [true, true, "3", "3"]);
  const none: Parsed = parseArgs([], {
    boolean: ["help"],
    string: ["epochs"],
    default: { epochs: "5" },
  });
  assertEquals([none.help, none.epochs], [false, "5"]);
});

Deno.test("parseArgs() reports flags and arguments that were not declared", () => {
  const seen: [string, string | undefined, unknown][] = [];
  const args: Parsed = parseArgs(["train", "--lerning-rate=0.1", "--verbos", "--lr", "1", "-x"], {
    string: ["lr"],
    boolean: ["verbose"],
    unknown: (arg: string, key?: string, value?: unknown) => {
      seen.push([arg, key, value]);
      return key === undefined;
    },
  });
  assertEquals(seen, [
    ["train", undefined, undefined],
    ["--lerning-rate=0.1", "lerning-rate", "0.1"],
    ["--verbos", "verbos", true],
    ["-x", "x", true],
  ]);
  assertEquals<unknown>(args, { _: ["train"], lr: "1", verbose: false });
});

Deno.test("parseArgs() reports '--lr=' as an unknown flag", () => {
  const seen: string[] = [];
  parseArgs(["--lr="], {
    string: ["lr"],
    unknown: (arg: string) => {
      seen.push(arg);
      return false;
    },
  });
  assertEquals(seen, ["--lr="]);
});

Deno.test("parseArgs() leaves what follows '--' alone", () => {
  assertEquals(parseArgs(["--a", "1", "--", "--b", "2"], { string: ["a"] })._, ["--b", "2"]);
  const args: Parsed = parseArgs(["x", "--", "--b"], { "--": true });
  assertEquals([args._, args["--"]], [["x"], ["--b"]]);
});

Deno.test("parseArgs() stops at the first argument that is no flag, if asked", () => {
  const args: Parsed = parseArgs(["--quiet", "train", "--lr", "1"], {
    boolean: ["quiet"],
    stopEarly: true,
  });
  assertEquals(args.quiet, true);
  assertEquals(args._, ["train", "--lr", "1"]);
});

/** Runs a bar over a stream in memory; returns all that was written. */
async function drawn(
  clear: boolean,
  work: (bar: ProgressBar) => void | Promise<void>,
): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  const writable = new WritableStream<Uint8Array>({
    write(chunk) {
      text += decoder.decode(chunk, { stream: true });
    },
  });
  const bar = new ProgressBar({
    writable,
    max: 4,
    barLength: 8,
    fillChar: "=",
    emptyChar: ".",
    clear,
    interval: 5,
    formatter: ({ progressBar, value, max, time, styledTime }) =>
      `${progressBar} ${value}/${max} ${time >= 0} ${styledTime}`,
  });
  await work(bar);
  await bar.stop();
  assertEquals(writable.locked, false);
  return text;
}

Deno.test("ProgressBar draws what its formatter says, redrawing in place", async () => {
  const text = await drawn(false, async (bar) => {
    bar.value = 2;
    await new Promise((resolve) => setTimeout(resolve, 30));
    bar.value = 4;
  });
  assertMatch(text, /====\.\.\.\.\S* 2\/4 true \S*00:00/);
  assertMatch(text, /========\S* 4\/4 true \S*00:00/);
  assertStringIncludes(text, "\r");
  assert(text.endsWith("\n"), Deno.inspect(text));
});

Deno.test("ProgressBar wipes its line when asked to clear", async () => {
  const text = await drawn(true, (bar) => {
    bar.value = 4;
  });
  assertFalse(text.endsWith("\n"), Deno.inspect(text));
});
