import { assert, assertEquals } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import { openGpu } from "../../gpu/mod.ts";
import { nodeTests } from "../onnx/node_tests.ts";
import { outcomes, tableOf } from "../onnx/node_table.ts";

const isInstalled = nodeTests("node").length > 0;

Deno.test({
  name: "cpu: ONNX's own tests pass or are refused, and the table in docs/onnx.md says which",
  ignore: !isInstalled,
  async fn() {
    using cpu = openCpu({ threads: 1 });
    const all = await outcomes(cpu);
    assertEquals(all.filter(({ outcome }) => outcome.kind === "wrong"), []);
    const docs = await Deno.readTextFile(new URL("../../docs/onnx.md", import.meta.url));
    const compact = (text: string) => text.replace(/ +/g, " ").replace(/-+/g, "-");
    assert(compact(docs).includes(compact(tableOf(all))), "run: deno task onnx-table");
  },
});

Deno.test({
  name: "gpu: ONNX's own tests pass or are refused",
  ignore: !isInstalled,
  async fn() {
    using gpu = await openGpu();
    if (!gpu) return;
    const all = await outcomes(gpu);
    assertEquals(all.filter(({ outcome }) => outcome.kind === "wrong"), []);
  },
});
