import { assertEquals } from "@std/assert";
import { PlanBackend } from "../../support/plan_backend.ts";
import type { BackendTest } from "../gsgd/backend_suite.ts";
import { gsgdTrajectories } from "./gsgd_suite.ts";
import { pathSgdTrajectories } from "./path_sgd_suite.ts";

const planTest: BackendTest = (name, test) =>
  Deno.test(`plan: ${name}`, async () => {
    using backend = new PlanBackend();
    await test(backend);
    assertEquals(backend.memory(), { liveBuffers: 0, liveBytes: 0 });
  });

// the larger PlainNet takes seconds here
gsgdTrajectories(planTest, { networks: 20, keeps: (pattern) => !/PlainNet.*affine/.test(pattern) });
pathSgdTrajectories(planTest);
