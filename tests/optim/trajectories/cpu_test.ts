import { checkedCpuTest, cpuTest } from "../../cpu/_backend.ts";
import type { BackendTest } from "../gsgd/backend_suite.ts";
import { gsgdTrajectories } from "./gsgd_suite.ts";
import { pathSgdTrajectories } from "./path_sgd_suite.ts";

for (const threads of [1, 2, 4]) {
  const test: BackendTest = (name, run) =>
    cpuTest(`cpu, ${threads} threads: ${name}`, run, { threads });
  gsgdTrajectories(test, { networks: 25 });
  pathSgdTrajectories(test);
}

gsgdTrajectories(checkedCpuTest, { networks: 10 });
pathSgdTrajectories(checkedCpuTest);
