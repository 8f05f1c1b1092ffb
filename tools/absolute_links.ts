/**
 * Makes the relative links of README.md absolute, for the pages of JSR and npm, which do not have the
 * files that it links to: `absolute_links.ts https://github.com/OWNER/NAME v0.1.0`. The repository
 * keeps relative links, which also work in a fork, a branch, and an editor.
 * @module
 */

/** A link or image in Markdown with a relative target, or code, which is left alone. */
const linkOrCode =
  /(?<code>^```[^]*?^```|`[^`\n]*`)|(?<start>(?<image>!?)\[[^\]]*\]\()(?<target>(?![a-z]+:|#|\/)[^)\s]+)/gm;

/** The text with absolute links into a repository at a tag, branch, or commit. */
export function absoluteLinks(markdown: string, repository: string, ref: string): string {
  return markdown.replace(linkOrCode, (whole, ...rest) => {
    const { code, start, image, target } = rest.at(-1);
    if (code !== undefined) return whole;
    return `${start}${repository}/${image === "!" ? "raw" : "blob"}/${ref}/${target}`;
  });
}

if (import.meta.main) {
  const [repository = "", ref = ""] = Deno.args;
  if (!/^https:\/\/[^\s/]+\/[^\s/]+\/[^\s/]+$/.test(repository) || !/^[^\s/]+$/.test(ref)) {
    throw new Error(
      "Cannot make links absolute: it takes the address of a repository and a tag: current " +
        `arguments are ${JSON.stringify(Deno.args)}`,
    );
  }
  const path = new URL("../README.md", import.meta.url);
  await Deno.writeTextFile(path, absoluteLinks(await Deno.readTextFile(path), repository, ref));
}
