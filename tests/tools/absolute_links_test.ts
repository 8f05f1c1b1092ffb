import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { absoluteLinks } from "../../tools/absolute_links.ts";

const root = new URL("../../", import.meta.url);
const readme = await Deno.readTextFile(new URL("README.md", root));
const repository = "https://example.com/owner/name";

function linksOf(markdown: string): readonly string[] {
  const text = markdown.replace(/^```[^]*?^```/gm, "");
  return [...text.matchAll(/\]\(([^)]*)\)/g)].map(([, target]) => target!);
}

Deno.test("relative links and images become absolute, and nothing else changes", () => {
  const links = (text: string) => absoluteLinks(text, repository, "v1.2.3");
  const files = `${repository}/blob/v1.2.3`;
  const cases = [
    ["see [a b](docs/a.md) and [c](d/)", `see [a b](${files}/docs/a.md) and [c](${files}/d/)`],
    ["[two\nlines](x.md#part)", `[two\nlines](${files}/x.md#part)`],
    ["![a picture](docs/a.svg)", `![a picture](${repository}/raw/v1.2.3/docs/a.svg)`],
    ["[here](#part) [there](https://x.org/a) [me](mailto:a@b.c)", undefined],
    ["`[0](x)` and a[0] (x)", undefined],
    ["```ts\nlist[0](x);\n```\n", undefined],
  ] as const;
  for (const [text, expected] of cases) assertEquals(links(text), expected ?? text);
  assertEquals(links(links(readme)), links(readme));
});

Deno.test("README links to files that exist, and all links of the published one are absolute", async () => {
  for (const link of linksOf(readme)) {
    if (!/^(https?:|#)/.test(link)) await Deno.stat(new URL(link.replace(/#.*/, ""), root));
  }
  const published = absoluteLinks(readme, repository, "v1.2.3");
  assertNotEquals(published, readme);
  for (const link of linksOf(published)) assert(/^(https?:|#)/.test(link), link);
  const blocks = (text: string) => text.match(/^```[^]*?^```/gm);
  assertEquals(blocks(published), blocks(readme));
});

Deno.test("both packages are published with absolute links", async () => {
  const workflow = await Deno.readTextFile(new URL(".github/workflows/publish.yml", root));
  const jobs = workflow.split("\njobs:\n")[1]!.split(/^ {2}(?=\w+:$)/m).slice(1);
  assertEquals(jobs.length, 2);
  for (const job of jobs) {
    const [before, after] = job.split("tools/absolute_links.ts");
    assert(after !== undefined && !before!.includes("publish"), job);
    assertStringIncludes(after, "publish");
  }
});
