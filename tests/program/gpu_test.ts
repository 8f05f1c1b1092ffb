import { gpuTest } from "../gpu/_adapter.ts";
import { programCases } from "./_cases.ts";
import { assertSameAsCompiled } from "./_equality.ts";

for (const [name, make] of Object.entries(programCases)) {
  gpuTest(`gpu: a loaded program computes what compile does: ${name}`, async (gpu) => {
    await assertSameAsCompiled(make(), gpu);
  });
}
