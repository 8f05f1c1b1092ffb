import { gpuTest } from "../gpu/_adapter.ts";
import { programCases } from "./_cases.ts";
import { assertSameAsCompiled } from "./_equality.ts";
import { assertSameFromFile } from "./_random.ts";

for (const [name, make] of Object.entries(programCases)) {
  gpuTest(`gpu: a loaded program computes what compile does: ${name}`, async (gpu) => {
    await assertSameAsCompiled(make(), gpu);
  });
}

gpuTest("gpu: random graphs compute the same from a file, bit for bit", async (gpu) => {
  for (let seed = 5001; seed <= 5012; seed++) await assertSameFromFile(seed, gpu);
});
