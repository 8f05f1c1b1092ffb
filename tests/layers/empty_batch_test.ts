import { assertThrows } from "@std/assert";
import { zeros } from "../../autograd/mod.ts";
import { ShapeError } from "../../graph/mod.ts";
import { BatchNorm2d, initialize } from "../../layers/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { PlanBackend } from "../support/plan_backend.ts";
import { emptyBatchOnBackend } from "./empty_batch_suite.ts";

emptyBatchOnBackend((name, run) => cpuTest(`cpu: ${name}`, run, { threads: 2 }));
emptyBatchOnBackend((name, run) => gpuTest(`gpu: ${name}`, run));
emptyBatchOnBackend((name, run) =>
  Deno.test(`plan: ${name}`, async () => {
    using backend = new PlanBackend();
    await run(backend);
  })
);

Deno.test("a size of -1 beside a size of 0 is refused: it could be any", () => {
  assertThrows(() => zeros([0, 3]).reshape([0, -1]), ShapeError, "[0, -1]");
  assertThrows(() => zeros([0, 3]).reshape([-1, 2, 0]), ShapeError, "[-1, 2, 0]");
});

Deno.test("batch statistics of 0 samples are refused", () => {
  const layer = initialize(new BatchNorm2d(3), { seed: 1 });
  const context = { training: true, record: () => {} };
  assertThrows(
    () => layer.forward(zeros([0, 3, 2, 2]), context),
    ShapeError,
    "more than one value",
  );
});
