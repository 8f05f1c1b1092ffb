import { gpuTest } from "../gpu/_adapter.ts";
import { randomGraphConformance } from "./random_graph_suite.ts";
import { type BackendTest, opConformance } from "./suite.ts";

const test: BackendTest = (name, check) => gpuTest(`gpu: ${name}`, check);

opConformance(test);
randomGraphConformance(test, { runs: 40 });
