import {
  f32,
  type Graph,
  mse,
  Optimizer,
  Parameter,
  pipeline,
  planGsgd,
  print,
  sgd,
  trace,
} from "@gspace/gspace";
import { cse, simplify } from "../../graph/mod.ts";
import { assertPrinted } from "./_printed.ts";

const page = new URL("../../docs/graph-pass.md", import.meta.url);

/** The net of the page. */
function trainingStep(): Graph {
  const weight = (name: string, shape: number[]) => new Parameter(name, { dtype: "f32", shape });
  const [a, b, c] = [weight("a", [2, 1]), weight("b", [1, 2]), weight("c", [2, 1])];
  const optimizer = new Optimizer([a, b, c], sgd({ learningRate: 0.125 }));
  return trace({ x: f32([4, 1]), y: f32([4, 2]) }, ({ x, y }) => {
    const h = x.matmul(a.transpose()).relu();
    const k = h.matmul(b.transpose()).relu();
    return { updates: optimizer.minimize(mse(k.matmul(c.transpose()), y)) };
  }).graph;
}

/** The line that ends like this, and the lines before it: `count` of them in all. */
function upTo(lines: readonly string[], end: RegExp, count: number): string {
  const last = lines.findLastIndex((line) => end.test(line));
  if (last < count) throw new Error(`no ${count} lines end with ${end}`);
  return lines.slice(last + 1 - count, last + 1).join("\n") + "\n";
}

/** The parts of the new graph that the page names. */
function groupsOf(after: readonly string[]): Record<string, string> {
  const outputs = after.findIndex((line) => line.startsWith("outputs"));
  return {
    "inverse chain rule": upTo(after, / = sub /, 12),
    "G-space": upTo(after, / = applyUpdate .* "a"$/, 12),
    "weight allocation": upTo(after, / = select .* "c"$/, 21),
    updates: after.slice(outputs).join("\n"),
  };
}

Deno.test("the graphs that the documentation shows are those that the code prints", async () => {
  const step = trainingStep();
  const tidy = pipeline(simplify, cse);
  const after = print(tidy(planGsgd(step).apply(step))).split("\n");
  await assertPrinted(page, { before: print(tidy(step)), ...groupsOf(after) });
});
