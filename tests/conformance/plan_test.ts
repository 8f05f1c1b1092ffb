import { assertEquals } from "@std/assert";
import { PlanBackend } from "../support/plan_backend.ts";
import { opConformance } from "./suite.ts";

opConformance((name, test) => {
  Deno.test(`plan: ${name}`, async () => {
    using backend = new PlanBackend();
    await test(backend);
    assertEquals(backend.memory().liveBuffers, 0);
  });
});
