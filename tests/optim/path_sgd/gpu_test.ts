import { gpuTest } from "../../gpu/_adapter.ts";
import { pathSgdOnBackend } from "./backend_suite.ts";

pathSgdOnBackend((name, test) => gpuTest(`gpu: ${name}`, test));
