import { checkedCpuTest, cpuTest } from "../../cpu/_backend.ts";
import { pathSgdOnBackend } from "./backend_suite.ts";

pathSgdOnBackend((name, test) => cpuTest(`cpu: ${name}`, test));
pathSgdOnBackend(checkedCpuTest);
