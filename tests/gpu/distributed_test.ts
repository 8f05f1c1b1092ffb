import { assert, assertEquals } from "@std/assert";
import { alone, inProcess } from "../../distributed/mod.ts";
import { farthest, trainSmallModel } from "../distributed/_small_model.ts";
import { gpuTest } from "./_adapter.ts";

gpuTest("two ranks on a GPU take the steps of one CPU process", async (gpu) => {
  const run = { method: "gsgd", rows: 13 } as const;
  const expected = await trainSmallModel({ ...run, communicator: alone });
  const ranks = await inProcess(
    2,
    (communicator) => trainSmallModel({ ...run, communicator, backend: gpu }),
  );
  for (const { weights } of ranks) {
    assertEquals(weights, ranks[0]!.weights);
    assert(farthest(weights, expected.weights) < 2e-6);
  }
});

gpuTest("a rank on a CPU and one on a GPU stay equal", async (gpu) => {
  const run = { method: "sgd", rows: 13 } as const;
  const expected = await trainSmallModel({ ...run, communicator: alone });
  const ranks = await inProcess(2, (communicator) =>
    trainSmallModel({
      ...run,
      communicator,
      ...(communicator.rank === 1 && { backend: gpu }),
    }));
  assert(farthest(ranks[0]!.weights, ranks[1]!.weights) < 1e-6);
  assert(farthest(ranks[0]!.weights, expected.weights) < 2e-6);
});
