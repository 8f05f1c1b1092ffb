import { assertEquals } from "@std/assert";
import * as op from "../../graph/mod.ts";
import { casesByName, casesByOp, notOps } from "../cases/ops.ts";
import { describe, drawCase, type OpCase } from "../cases/op_case.ts";
import { assertAllClose } from "../support/close.ts";

/** Both sides are float64: they differ by rounding only. */
const rounding = { relative: 1e-12, absolute: 1e-12 };

function checkValue(opCase: OpCase): void {
  const { nodes, tensors } = drawCase(opCase);
  const node = opCase.build(...nodes);
  const expected = opCase.reference(...tensors);
  assertEquals(node.type.shape, expected.shape, `shape of ${describe(opCase)}`);
  const actual = op.interpret([node]).get(node)!;
  assertAllClose(actual, expected.data, rounding, describe(opCase));
}

for (const [name, cases] of casesByName()) {
  Deno.test(`${name}() has the shape and the value of its naive reference`, () => {
    cases.forEach(checkValue);
  });
}

Deno.test("every op that is exported has eight cases, or a reason to have none", async () => {
  const groups = casesByOp();
  const exported: Record<string, unknown> = await import("../../graph/ops/mod.ts");
  const functions = Object.keys(exported).filter((name) => typeof exported[name] === "function");
  const few = functions.filter((name) => !notOps[name] && (groups.get(name)?.length ?? 0) < 8);
  assertEquals(few, []);
  const named = [...groups.keys(), ...Object.keys(notOps)];
  assertEquals(named.filter((name) => !functions.includes(name)), []);
});
