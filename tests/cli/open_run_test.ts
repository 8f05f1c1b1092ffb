import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { notebookDisplay } from "../../autograd/mod.ts";
import { openRun } from "../../cli/main.ts";
import { call, small, temporaryFolder } from "./command.ts";

Deno.test("openRun() shows a run's curves and results in a notebook", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/run`;
  await call(...small, "--optimizer=sgd,gsgd", "--steps=14", "--out", out);
  const run = await openRun(out);
  assertEquals(run.title, "mlp:16-32-32-10 on synthetic");
  const shown = await run[notebookDisplay]();
  assertStringIncludes(shown["image/svg+xml"]!, "<svg");
  assertStringIncludes(shown["image/svg+xml"]!, "Training loss");
  assertStringIncludes(shown["text/plain"]!, "gsgd       default, skeleton 1");
});

Deno.test("openRun() refuses a folder without a run", async () => {
  await using folder = await temporaryFolder();
  await assertRejects(() => openRun(folder.path), Error, "the folder holds no run");
});
