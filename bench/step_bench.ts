// `deno bench --allow-all bench/step_bench.ts`: a training step, SGD against G-SGD.
import { openBackend } from "../mod.ts";
import { cases } from "./cases.ts";
import { measuredJob } from "./_deno_bench.ts";

for (const device of ["cpu", "gpu"] as const) {
  const backend = await openBackend(device).catch(() => undefined);
  if (!backend) continue;
  for (const item of cases.filter(({ kind }) => kind === "training")) {
    const network = item.name.replace(/ \w+$/, "");
    const job = await measuredJob(item, { backend, group: `${network} on ${device}` });
    const { liveBytes } = backend.memory();
    const { length } = job.plan.dispatches;
    console.log(`${device} ${item.name}: ${length} dispatches, ${liveBytes} bytes allocated`);
  }
}
