/**
 * What this project relies on in `@std/cli`, in one place. It runs against whichever implementation
 * is loaded, so the registry's package and the replacement in tools/offline must behave alike.
 */
import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { ProgressBar } from "@std/cli/unstable-progress-bar";

// Each call has its own options, because the real package derives its result type from them.
type Parsed = Record<string, unknown>;

Deno.test('parseArgs() reads values after "=" and after a space', () => {
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

Deno.test('parseArgs() keeps positional numbers as text if "_" is declared as text', () => {
  assertEquals(parseArgs(["7", "1e-2"], { string: ["_"] })._, ["7", "1e-2"]);
});

Deno.test("parseArgs() sets a text flag without a value to an empty string", () => {
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

Deno.test("parseArgs() keeps the last of repeated flags", () => {
  const args: Parsed = parseArgs(["--opt", "sgd", "--opt=gsgd"], { string: ["opt"] });
  assertEquals(args.opt, "gsgd");
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
  const before: Parsed = parseArgs(["-h", "rest"], { alias: { h: "help" }, boolean: ["help"] });
  assertEquals([before.help, before._], [true, ["rest"]]);
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

Deno.test("parseArgs() takes everything after '--' as positional", () => {
  const seen: string[] = [];
  const args: Parsed = parseArgs(["--a", "1", "x", "--", "--b", "2"], {
    string: ["a", "_"],
    unknown: (arg: string) => {
      seen.push(arg);
      return true;
    },
  });
  assertEquals([args._, args.a, seen], [["x", "--b", "2"], "1", ["x"]]);
});

Deno.test("parseArgs() takes neither '-' nor an empty argument as a value", () => {
  for (const value of ["-", ""]) {
    const args: Parsed = parseArgs(["--out", value], { string: ["out", "_"] });
    assertEquals([args.out, args._], ["", [value]]);
  }
});

Deno.test("parseArgs() reads short flags in one argument one by one", () => {
  const seen: (string | undefined)[] = [];
  const args: Parsed = parseArgs(["-hx", "rest"], {
    alias: { h: "help" },
    boolean: ["help"],
    string: ["_"],
    unknown: (_: string, key?: string) => {
      seen.push(key);
      return key === undefined;
    },
  });
  assertEquals([args.help, seen[0]], [true, "x"]);
});

Deno.test("ProgressBar draws its formatter's text in place, and clears it at the end", async () => {
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
    clear: true,
    interval: 5,
    formatter: ({ progressBar }) => `${progressBar} of the runs`,
  });
  bar.value = 2;
  await new Promise((resolve) => setTimeout(resolve, 30));
  await bar.stop();
  assertMatch(text, /====\.\.\.\.\S* of the runs/);
  assertStringIncludes(text, "\r");
  assertFalse(text.endsWith("\n"), Deno.inspect(text));
  assertFalse(writable.locked);
});
