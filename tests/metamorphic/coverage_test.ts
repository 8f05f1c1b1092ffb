import { assert, assertEquals } from "@std/assert";
import { notOps } from "../cases/ops.ts";
import { randomProgram } from "./random_program.ts";
import { rows } from "./rows/mod.ts";
import { countSharpness, type SharpnessCounts } from "./sharpness.ts";

/** What the table of the ops' tests calls no op, but the generator draws. */
const drawnAnyway = ["variable", "input", "fullLike", "broadcastBack", "fixedCounter"];

Deno.test("every op that is exported is drawn by the generator of random graphs", async () => {
  const exported: Record<string, unknown> = await import("../../graph/ops/mod.ts");
  const functions = Object.keys(exported).filter((name) => typeof exported[name] === "function");
  const wanted = functions.filter((name) => !notOps[name] || drawnAnyway.includes(name));
  assertEquals(wanted.filter((name) => !rows[name]), []);
});

Deno.test("every row of the generator is built in one of a few hundred graphs", () => {
  const drawn = new Set<string>();
  for (let seed = 1; seed <= 600; seed++) {
    randomProgram(seed).instructions.forEach(({ row }) => drawn.add(row));
  }
  const never = Object.entries(rows).filter(([name, { weight }]) =>
    weight !== 0 && !drawn.has(name)
  );
  assertEquals(never.map(([name]) => name), []);
});

Deno.test("most elements of random graphs are known exactly, and few loosely", () => {
  const counts: SharpnessCounts = { exact: 0, tight: 0, loose: 0 };
  for (let seed = 1; seed <= 200; seed++) countSharpness(randomProgram(seed), counts);
  const all = counts.exact + counts.tight + counts.loose;
  assert(counts.exact > 0.6 * all, JSON.stringify(counts));
  assert(counts.loose < 0.06 * all, JSON.stringify(counts));
});
