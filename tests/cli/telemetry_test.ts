import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ratioEdges } from "../../optim/mod.ts";
import { call, metricsOf, small, temporaryFolder } from "./command.ts";

const flags = [...small, "--optimizer=sgd,gsgd", "--log-every=3", "--ratio-clamp=0.999,1.001"];

// deno-lint-ignore no-explicit-any -- lines of JSON
type Line = any;

Deno.test("--telemetry records G-SGD's ratios since the previous line", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  const { code, stderr } = await call(...flags, "--telemetry", "--steps=12", "--out", out);
  assertEquals([code, stderr], [0, ""]);
  const steps = (await metricsOf(out)).filter(({ kind }) => kind === "step") as Line[];
  assert(steps.filter(({ arm }) => arm === "sgd").every(({ gsgd }) => gsgd === undefined));
  const windows = steps.filter(({ arm }) => arm === "gsgd").map(({ gsgd }) => gsgd);
  assertEquals(windows.length, 4);
  const { trained } = JSON.parse(await Deno.readTextFile(`${out}/gsgd/gsgd.json`));
  for (const { ratios, smallestPathValue, clamped } of windows) {
    assertEquals(ratios.length, ratioEdges.length + 1);
    // three steps, and each trained skeleton weight has one ratio in each
    assertEquals(ratios.reduce((sum: number, n: number) => sum + n), 3 * trained);
    assert(smallestPathValue > 0);
    // the clamp leaves nothing outside its bounds, within the precision of f32
    const far = ratios.filter((_: number, k: number) =>
      (ratioEdges[k] ?? Infinity) < 0.99 || (ratioEdges[k - 1] ?? -Infinity) > 1.01
    );
    assertEquals(far.reduce((sum: number, n: number) => sum + n, 0), 0);
    assert(Number.isInteger(clamped) && clamped >= 0 && clamped <= 3 * trained);
  }
  assert(windows.some(({ clamped }) => clamped > 0));
  assertStringIncludes(await Deno.readTextFile(`${out}/report.html`), "were clamped");
});

Deno.test("a resumed run continues counting ratios", async () => {
  await using folder = await temporaryFolder();
  const [whole, halves] = [`${folder.path}/whole`, `${folder.path}/halves`];
  await call(...flags, "--telemetry", "--steps=12", "--out", whole);
  // within the steps of a line
  await call(...flags, "--telemetry", "--steps=4", "--out", halves);
  const { code, stderr } = await call("train", "--resume", halves, "--steps=12", "--quiet");
  assertEquals([code, stderr], [0, ""]);
  const windows = async (path: string) =>
    (await metricsOf(path)).filter(({ kind, gsgd }) => kind === "step" && gsgd)
      .map(({ step, gsgd }) => ({ step, gsgd }));
  assertEquals(await windows(halves), await windows(whole));
});

Deno.test("a run started without telemetry resumes without it, even with --live", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await call(...flags, "--steps=6", "--out", out);
  const { code, stderr } = await call("train", "--resume", out, "--steps=12", "--live");
  assertEquals([code, stderr], [0, ""]);
  assert((await metricsOf(out)).every(({ kind, gsgd }) => kind !== "step" || gsgd === undefined));
});
