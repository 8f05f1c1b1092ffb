import { assertEquals } from "@std/assert";
import type { OpCase } from "../../bench/op_cases.ts";
import { planBytes } from "../../bench/traffic.ts";
import { conv2d, scatterSum } from "../../graph/mod.ts";
import { Tensor, tensor } from "../../mod.ts";
import { limitsOf } from "../../tools/gpu_report/launches.ts";
import { opOf } from "../../tools/gpu_report/subjects.ts";

function bytesOf(
  inputs: OpCase["inputs"],
  build: OpCase["build"],
  state: OpCase["state"] = {},
): number {
  return planBytes(
    opOf({ kind: "op", name: "test", flops: 0, inputs, state, build }).plan(limitsOf("other")),
  );
}

Deno.test("both operands of a convolution count as traffic, and so does the result", () => {
  const bytes = bytesOf(
    { x: [2, 3, 8, 8], w: [5, 3, 3, 3] },
    ({ x, w }) => new Tensor(conv2d(x!.node, w!.node, { padding: 1 })),
  );
  assertEquals(bytes, 4 * (2 * 3 * 64 + 5 * 27 + 2 * 5 * 64));
});

Deno.test("the operands of a product count once, and so does what its epilogue reads", () => {
  const bytes = bytesOf(
    { a: [7, 4], b: [4, 5], c: [5] },
    ({ a, b, c }) => a!.matmul(b!).add(c!),
  );
  assertEquals(bytes, 4 * (28 + 20 + 5 + 35));
});

Deno.test("a value that a loop reads for every element counts once", () => {
  const bytes = bytesOf({ x: [100, 3], y: [3] }, ({ x, y }) => x!.mul(y!).add(y!));
  assertEquals(bytes, 4 * (300 + 3 + 300));
});

Deno.test("of a value that a loop reads in part, only this part counts", () => {
  const bytes = bytesOf({ x: [1000] }, ({ x }) => x!.slice([5], [20]).exp());
  assertEquals(bytes, 4 * (20 + 20));
});

Deno.test("of a table that a scatter updates, only the rows that it can name count", () => {
  const bytes = (rows: number, decay: number) =>
    bytesOf({ g: [6, 4] }, ({ g, table }) => {
      const sum = new Tensor(
        scatterSum(g!.node, tensor([3, 1, 3, 0, 2, 7], [6], "i32").node, 0, rows),
      );
      return table!.mul(decay).sub(sum.mul(0.5));
    }, { table: [rows, 4] });
  const operands = 4 * (6 * 4 + 6);
  assertEquals(bytes(100, 1), operands + 2 * 4 * 6 * 4);
  assertEquals(bytes(5, 1), operands + 2 * 4 * 5 * 4);
  assertEquals(bytes(100, 0.5), operands + 2 * 4 * 100 * 4); // decay changes all rows
});
