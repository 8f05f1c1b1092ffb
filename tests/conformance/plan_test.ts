import { assertEquals } from "@std/assert";
import { PlanBackend } from "../support/plan_backend.ts";
import { randomGraphConformance } from "./random_graph_suite.ts";
import { type BackendTest, opConformance } from "./suite.ts";

const planTest: BackendTest = (name, test) =>
  Deno.test(`plan: ${name}`, async () => {
    using backend = new PlanBackend();
    await test(backend);
    assertEquals(backend.memory().liveBuffers, 0);
  });

opConformance(planTest);
randomGraphConformance(planTest, { runs: 200 });
