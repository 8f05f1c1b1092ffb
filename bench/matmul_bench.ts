// `deno bench --allow-all bench/matmul_bench.ts`: a matrix product on each device.
import { openBackend } from "../mod.ts";
import { cases } from "./cases.ts";
import { measuredJob } from "./_deno_bench.ts";

for (const device of ["cpu", "gpu"] as const) {
  const backend = await openBackend(device).catch(() => undefined);
  if (!backend) continue;
  for (const item of cases.filter(({ name }) => name.startsWith("matmul"))) {
    await measuredJob(item, { backend, group: item.name });
  }
}
