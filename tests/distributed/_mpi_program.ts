/** What a rank of tests/distributed/mpi_test.ts runs. Writes its result to a file. */
import { overMpi } from "../../distributed/mod.ts";
import { trainSmallModel } from "./_small_model.ts";

const [task, folder, library] = Deno.args;
await overMpi(async (communicator) => {
  const { rank } = communicator;
  // launchers mix what ranks print
  const report = (result: unknown) =>
    Deno.writeTextFileSync(`${folder}/${rank}.json`, JSON.stringify(result));
  if (task === "collectives") {
    const sum = new Float32Array(new SharedArrayBuffer(8));
    sum.set([rank + 1, 0.5]);
    communicator.sum(sum);
    const max = Int32Array.of(rank, -rank);
    communicator.max(max);
    const bytes = new Uint8Array(3).fill(rank);
    communicator.broadcast(bytes, 1);
    report({
      sum: [...sum],
      max: [...max],
      bytes: [...bytes],
      description: communicator.description,
    });
  } else if (task === "train") {
    const { weights, losses } = await trainSmallModel({ method: "gsgd", rows: 13, communicator });
    report({ weights: weights.map((list) => [...list]), losses });
  } else if (task === "fail") {
    if (rank === 1) throw new Error("rank 1 fails");
    communicator.sum(new Float32Array(1)); // waits for rank 1
    report("unreachable");
  }
}, library ? { library } : {});
