import { assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { UsageError } from "../../cli/errors.ts";
import { parseFlags } from "../../cli/flags/parse_flags.ts";
import { describe } from "../../cli/flags/describe.ts";
import { rowsOf } from "../../cli/flags/help.ts";
import { flagsOf, optional, setting, toggle } from "../../cli/flags/setting.ts";

const settings = {
  howMany: optional(z.int().positive().max(2 ** 31 - 1))`a count [10]`,
  seed: setting(z.int().nonnegative().max(2 ** 32 - 1).default(1))`a seed`,
  port: setting(z.int().min(1).max(65535).optional())`a port`,
  rate: setting(z.number().nonnegative().default(0.5))`a rate`,
  share: optional(z.number().min(0).lt(1))`a share`,
  perArm: optional(z.union([z.number().positive(), z.record(z.string(), z.number())]))`one or
    several`,
  mode: optional(z.enum(["fast", "exact"]))`a mode`,
  names: setting(z.array(z.enum(["a", "b"])).readonly().default(["a"]))`names`,
  range: optional(z.tuple([z.number(), z.number()]).readonly().meta({ placeholder: "LOW,HIGH" }))`a
    range`,
  path: setting(z.string().min(1).meta({ placeholder: "FILE", rule: "a path" }).optional())`path`,
  quiet: toggle`a switch`,
  maybe: optional(z.boolean())`a switch without a default`,
};

Deno.test("flags, placeholders, defaults, and rules follow from the schemas", () => {
  assertEquals(rowsOf(settings), [
    ["--how-many N", "a count [10]"],
    ["--seed N", "a seed [1]"],
    ["--port N", "a port"],
    ["--rate X", "a rate [0.5]"],
    ["--share X", "a share"],
    ["--per-arm X", "one or several"],
    ["--mode fast|exact", "a mode"],
    ["--names A,B,…", "names [a]"],
    ["--range LOW,HIGH", "a range"],
    ["--path FILE", "path"],
    ["--quiet", "a switch"],
    ["--maybe", "a switch without a default"],
  ]);
  const { range: _, ...ruled } = settings;
  assertEquals(flagsOf(ruled).map((flag) => describe(flag).rule), [
    "a positive whole number up to 2^31 − 1",
    "a non-negative whole number up to 2^32 − 1",
    "a whole number from 1 to 65535",
    "a non-negative number",
    "a number in [0, 1)",
    "a positive number",
    "fast or exact",
    "a list of different names out of a, b",
    "a path",
    "true or false",
    "true or false",
  ]);
});

Deno.test("arguments become typed values, and missing ones have their defaults", () => {
  const { values, rest } = parseFlags(
    settings,
    ["one", "--how-many=3", "--names", "b, a", "--range", "-1,2", "--no-maybe", "--path", "x", "7"],
    { positional: true },
  );
  assertEquals(values, {
    howMany: 3,
    seed: 1,
    rate: 0.5,
    share: null,
    perArm: null,
    mode: null,
    names: ["b", "a"],
    range: [-1, 2],
    path: "x",
    quiet: false,
    maybe: false,
  });
  assertEquals(rest, ["one", "7"]);
});

Deno.test("the last of several values counts", () => {
  const args = ["--seed=1", "--seed", "2", "--quiet", "--no-quiet"];
  const { values } = parseFlags(settings, args);
  assertEquals([values.seed, values.quiet], [2, false]);
});

Deno.test("values may stand after =, begin with a dash, and end at --", () => {
  const args = ["--path", "-", "--quiet=true", "--maybe=false", "--", "--seed"];
  const { values, rest } = parseFlags(settings, args, { positional: true });
  assertEquals([values.path, values.quiet, values.maybe, values.seed], ["-", true, false, 1]);
  assertEquals(rest, ["--seed"]);
});

Deno.test("wrong arguments are refused with the rule of the schema", () => {
  const synonyms = new Map([["verbosity", "quiet"]]);
  const wrong: readonly (readonly [args: string, says: string])[] = [
    [
      "--how-many 0",
      "Cannot use --how-many 0: it must be a positive whole number up to 2^31 − 1: ",
    ],
    ["--seed -1", "Cannot use --seed -1: it must be a non-negative whole number"],
    ["--port 65536", "Cannot use --port 65536: it must be a whole number from 1 to 65535"],
    ["--share 1", "Cannot use --share 1: it must be a number in [0, 1)"],
    ["--per-arm {}", "Cannot use --per-arm {}: it must be a positive number"],
    ["--mode fats", "it must be fast or exact: current value is fats: did you mean fast?"],
    ["--names a,c", "it must be a list of different names out of a, b: current value is a,c"],
    ["--path", "Cannot use --path: it must be a path: current value is empty"],
    ["--path=", "Cannot use --path: it must be a path: current value is empty"],
    ["--path --quiet", "Cannot use --path: it needs a value: current one is --quiet"],
    ["--quiet=maybe", "--quiet is on or off: use --quiet or --no-quiet"],
    ["-x", "Cannot use -x: there is no such flag: see --help"],
    ["--verbosity=3", "Cannot use --verbosity: there is no such flag: did you mean --quiet?"],
    ["--no-seed", "there is no such flag: did you mean --seed?"],
    ["extra", 'Cannot use "extra": unexpected argument'],
  ];
  for (const [args, says] of wrong) {
    assertThrows(() => parseFlags(settings, args.split(" "), { synonyms }), UsageError, says, args);
  }
});
