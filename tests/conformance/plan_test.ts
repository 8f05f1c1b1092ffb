import { assertEquals } from "@std/assert";
import { PlanBackend } from "../support/plan_backend.ts";
import { bytesConformance } from "./bytes_suite.ts";
import { extentConformance } from "./extents_suite.ts";
import { manyOperandsConformance } from "./many_operands_suite.ts";
import { loopKernelConformance } from "./loop_kernel_suite.ts";
import { sharedValueConformance } from "./shared_values_suite.ts";
import { strideConformance } from "./strides_suite.ts";
import { type BackendTest, opConformance } from "./suite.ts";

const planTest: BackendTest = (name, test) =>
  Deno.test(`plan: ${name}`, async () => {
    using backend = new PlanBackend();
    await test(backend);
    assertEquals(backend.memory().liveBuffers, 0);
  });

loopKernelConformance(planTest);
sharedValueConformance(planTest);
bytesConformance(planTest);
opConformance(planTest);
extentConformance(planTest);
strideConformance(planTest, { everyNth: 5 });

for (const slotsPerDispatch of [4, 5, 8, 16, 32]) {
  manyOperandsConformance((name, test) =>
    Deno.test(`plan with ${slotsPerDispatch} slots for each dispatch: ${name}`, async () => {
      using backend = new PlanBackend({
        slotsPerDispatch,
        bytesPerSlot: 2 ** 27,
        longRow: 256,
        parallelRows: 16,
      });
      await test(backend);
      assertEquals(backend.memory().liveBuffers, 0);
    })
  );
}
