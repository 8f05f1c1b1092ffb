import { assertEquals } from "@std/assert";
import { call, metricsOf, small, temporaryFolder } from "./command.ts";

/** The learning rate of each step of a small run. */
async function ratesOf(...flags: readonly string[]): Promise<number[]> {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const args = ["--optimizer=sgd", "--lr=1", "--log-every=1", ...flags, "--out", out];
  const { code, stderr } = await call(...small, ...args);
  assertEquals([code, stderr], [0, ""]);
  const steps = (await metricsOf(out)).filter(({ kind }) => kind === "step");
  return steps.map(({ learningRate }) => Math.fround(Number(learningRate)));
}

Deno.test("multistep-steps changes the rate at the given steps, regardless of epochs", async () => {
  // an epoch has 7 steps
  const rates = await ratesOf("--steps=9", "--schedule=multistep-steps:4,8", "--lr-factor=0.5");
  assertEquals(rates, [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25]);
});

Deno.test("multistep changes the rate at the ends of epochs", async () => {
  const rates = await ratesOf("--steps=9", "--schedule=multistep:1", "--lr-factor=0.5");
  assertEquals(rates, [1, 1, 1, 1, 1, 1, 1, 0.5, 0.5]);
});
