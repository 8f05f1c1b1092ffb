import { gpuTest } from "../gpu/_adapter.ts";
import { labelsOnBackend } from "./labels_suite.ts";

labelsOnBackend((name, run) => gpuTest(`gpu: ${name}`, run));
