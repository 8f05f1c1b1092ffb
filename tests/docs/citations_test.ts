import { assert, assertEquals } from "@std/assert";

const root = new URL("../../", import.meta.url);
const rooms = ["bench", "cli", "docs", "graph", "layers", "optim", "reproduce", "tests"];

async function* textFiles(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* textFiles(new URL(`${name}/`, folder));
    else if (/\.(ts|md)$/.test(name)) yield new URL(name, folder);
  }
}

/** Numbers of the sections and of the numbered points in them: `4`, `4.1`, and `9.1` for a list. */
function sectionsOf(page: string): Set<string> {
  const found = new Set<string>();
  let current = "";
  for (const line of page.split("\n")) {
    const heading = /^#+ (\d+(?:\.\d+)?)\.? /.exec(line)?.[1];
    if (heading !== undefined) found.add(current = heading);
    const point = /^(\d+)\. /.exec(line)?.[1];
    if (point !== undefined) found.add(`${current}.${point}`);
  }
  return found;
}

Deno.test("every citation of the specification names a section that it has", async () => {
  const page = await Deno.readTextFile(new URL("docs/gsgd.md", root));
  const sections = sectionsOf(page);
  assert(sections.has("4.1") && sections.has("9.5") && !sections.has("9.6"));
  const missing: string[] = [];
  let citations = 0;
  for (const room of rooms) {
    for await (const file of textFiles(new URL(`${room}/`, root))) {
      const text = await Deno.readTextFile(file);
      for (const [, list] of text.matchAll(/gsgd\.md ((?:,? ?§[0-9.]*\d)+)/g)) {
        for (const [, section] of list!.matchAll(/§([0-9.]+)/g)) {
          citations++;
          if (!sections.has(section!)) missing.push(`§${section} in ${file.pathname}`);
        }
      }
    }
  }
  assertEquals(missing, []);
  assert(citations > 40, `only ${citations} citations were found`);
});
