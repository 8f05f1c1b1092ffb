/** The table of ONNX's own tests per operator, as docs/onnx.md has it: `deno task onnx-table`. */
import { openCpu } from "../../cpu/mod.ts";
import type { Backend } from "../../graph/mod.ts";
import { rowFor } from "../../onnx/import/rows/mod.ts";
import { nodeTests, type Outcome } from "./node_tests.ts";

/** A test and what came of it. */
export interface TestOutcome {
  readonly name: string;
  readonly operator: string;
  readonly outcome: Outcome;
}

/** Folders of tests: single operators, small models, and models and operators by PyTorch. */
const KINDS = ["node", "simple", "pytorch-converted", "pytorch-operator"];

/** Runs all tests. */
export async function outcomes(backend: Backend): Promise<TestOutcome[]> {
  const results: TestOutcome[] = [];
  for (const { name, operator, run } of KINDS.flatMap(nodeTests)) {
    results.push({ name, operator, outcome: await run(backend) });
  }
  return results;
}

/** Numbers of tests that passed, were refused, and were wrong, by operator. */
export function tableOf(all: readonly TestOutcome[]): string {
  const groups = Map.groupBy(all, ({ operator }) => rowFor(operator) ? operator : "all others");
  const names = [...groups.keys()].filter((name) => rowFor(name)).sort();
  return [
    "| operator | passed | refused | wrong |",
    "| --- | --- | --- | --- |",
    ...[...names, "all others"].map((name) => lineOf(name, groups.get(name) ?? [])),
    lineOf("**all**", all),
  ].join("\n");
}

function lineOf(first: string, all: readonly TestOutcome[]): string {
  const count = (kind: Outcome["kind"]) =>
    all.filter(({ outcome }) => outcome.kind === kind).length;
  return `| ${first} | ${count("passed")} | ${count("refused")} | ${count("wrong")} |`;
}

if (import.meta.main) {
  using cpu = openCpu({ threads: 1 });
  const all = await outcomes(cpu);
  console.log(tableOf(all));
  const refused = all.flatMap(({ name, outcome }) =>
    outcome.kind === "refused" ? [`${name}: ${outcome.reason.replaceAll("\n", " ")}`] : []
  );
  if (Deno.args.includes("--reasons")) console.log(`\n${refused.join("\n")}`);
}
