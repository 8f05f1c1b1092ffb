import { gpuTest } from "../gpu/_adapter.ts";
import { opConformance } from "./suite.ts";

opConformance((name, test) => gpuTest(`gpu: ${name}`, test));
