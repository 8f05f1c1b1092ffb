import { assertStringIncludes } from "@std/assert";
import { modelCard } from "../../cli/export/model_card.ts";

Deno.test("the license of a model card is one value of its front matter, whatever the text", async () => {
  const about = { file: "model.onnx", summary: [], model: undefined, run: undefined };
  const card = await modelCard({ ...about, license: 'CC0: as "given"\n---' });
  assertStringIncludes(
    card,
    '---\nlicense: "CC0: as \\"given\\"\\n---"\nlibrary_name: gspace\n---\n',
  );
});
