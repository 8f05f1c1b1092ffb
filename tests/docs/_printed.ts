/** Compares what the code prints with the blocks of a page. */
import { assertEquals } from "@std/assert";

/** The block that follows the mark `<!-- printed: NAME -->`. */
function block(name: string): RegExp {
  return new RegExp(`(<!-- printed: ${name} -->\\s*\`\`\`[\\w ]+\\n)([^]*?)(\`\`\`)`);
}

/** `UPDATE_GOLDEN=1` rewrites the pages. */
function isUpdate(): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "UPDATE_GOLDEN" });
  return state === "granted" && Deno.env.get("UPDATE_GOLDEN") === "1";
}

/** Fails unless the page has exactly these blocks, by name, and each has this text. */
export async function assertPrinted(
  page: URL,
  texts: Readonly<Record<string, string>>,
): Promise<void> {
  let content = await Deno.readTextFile(page);
  const marks = [...content.matchAll(/<!-- printed: (.*?) -->/g)].map(([, name]) => name!);
  assertEquals(marks.toSorted(), Object.keys(texts).toSorted());
  for (const [name, text] of Object.entries(texts)) {
    if (isUpdate()) content = content.replace(block(name), (_, open) => `${open}${text}\`\`\``);
    else assertEquals(content.match(block(name))?.[2], text, `block "${name}"`);
  }
  if (isUpdate()) await Deno.writeTextFile(page, content);
}
