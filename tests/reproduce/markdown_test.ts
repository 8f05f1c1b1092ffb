import { assertStringIncludes } from "@std/assert";
import { markdownOf } from "../../reproduce/markdown.ts";
import { summaryOf } from "./_made_up.ts";

Deno.test("the Markdown has our numbers and the paper's, tests, differences, and the command", () => {
  const text = markdownOf(summaryOf());
  for (
    const part of [
      "# Made up",
      "- It is made up.",
      "deno task reproduce made-up",
      "| setting | optimizer | h = 8, test error (%) | the paper (%) |",
      "| Small | SGD | 22.00 ± 1.00 | 7.76 ± 0.17, table 1 |",
      "Mean ± sample standard deviation over 3 seeds.",
      "| Small, h = 8 | G-SGD − SGD, skeleton 1 | train loss | -0.1000 | -0.1248 to -0.0752 | -5.7 | 0.003 | yes | 3 |",
      "Measured on an abacus",
    ]
  ) assertStringIncludes(text, part);
});
