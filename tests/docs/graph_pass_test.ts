import { assertEquals } from "@std/assert";
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

/** What is printed on the page behind a mark. */
function printed(mark: string): RegExp {
  return new RegExp(`(<!-- printed: ${mark} -->\\s*\`\`\`text\\n)([^]*?)(\`\`\`)`);
}

/** `UPDATE_GOLDEN=1` writes the page anew. */
function isUpdate(): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "UPDATE_GOLDEN" });
  return state === "granted" && Deno.env.get("UPDATE_GOLDEN") === "1";
}

Deno.test("the graphs that the documentation shows are those that the code prints", async () => {
  const step = trainingStep();
  const tidy = pipeline(simplify, cse);
  const before = print(tidy(step)).split("\n");
  const after = print(tidy(planGsgd(step).apply(step))).split("\n");
  const shared = before.findIndex((line, i) => line !== after[i]);
  const texts = { before: before.join("\n"), after: after.slice(shared).join("\n") };
  for (const [mark, text] of Object.entries(texts)) {
    const content = await Deno.readTextFile(page);
    if (isUpdate()) {
      await Deno.writeTextFile(page, content.replace(printed(mark), `$1${text}$3`));
    } else {
      assertEquals(content.match(printed(mark))?.[2], text);
    }
  }
});
