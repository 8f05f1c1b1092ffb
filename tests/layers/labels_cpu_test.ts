import { configurations, cpuTest } from "../cpu/_backend.ts";
import { PlanBackend } from "../support/plan_backend.ts";
import { labelsOnBackend } from "./labels_suite.ts";

for (const options of configurations) {
  const how = JSON.stringify(options);
  labelsOnBackend((name, run) => cpuTest(`cpu ${how}: ${name}`, run, options));
}
labelsOnBackend((name, run) =>
  Deno.test(`plan: ${name}`, async () => {
    using backend = new PlanBackend();
    await run(backend);
  })
);
