/** The library as used by another project, as README shows. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";

const root = new URL("../../", import.meta.url);
const readme = await Deno.readTextFile(new URL("README.md", root));

/** A project of its own, with Deno's default compiler options. */
async function project(program: string, config: object) {
  const path = await Deno.makeTempDir({ prefix: "gspace_stranger_" });
  await Deno.writeTextFile(`${path}/deno.json`, JSON.stringify(config));
  await Deno.writeTextFile(`${path}/main.ts`, program);
  return {
    async deno(...args: readonly string[]): Promise<{ code: number; text: string }> {
      const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd: path });
      const { code, stdout, stderr } = await command.output();
      const decoder = new TextDecoder();
      return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** README's block of this language that holds this text. */
function block(language: string, text: string): string {
  const blocks = [...readme.matchAll(/```(\w+)\n([^]*?)```/g)];
  const found = blocks.find(([, kind, code]) => kind === language && code?.includes(text));
  assert(found?.[2], `README has no ${language} block with ${text}`);
  return found[2];
}

/** README's `deno.json` of a project that links the checkout. */
function linked(): { readonly links: string[]; readonly imports: Record<string, string> } {
  const config = JSON.parse(block("json", "links"));
  config.links = [root.href.replace(/\/$/, "")];
  return config;
}

Deno.test("every entry point for programs type-checks under another project's options", async () => {
  const { default: config } = await import("../../deno.json", { with: { type: "json" } });
  // needs @std/cli, and another project has no stand-in for it where JSR cannot be reached
  const entries = Object.keys(config.exports).filter((entry) => entry !== "./cli");
  const lines = entries.map((entry) =>
    `import ${JSON.stringify(`@gspace/gspace${entry.slice(1)}`)};`
  );
  await using stranger = await project(lines.join("\n"), linked());
  const { code, text } = await stranger.deno("check", "main.ts");
  assertEquals(code, 0, text);
});

Deno.test("README's program runs in a project that links the checkout, without permissions", async () => {
  const program = block("ts", "@gspace/gspace") + 'import "@gspace/gspace/graph";';
  const config = linked();
  config.imports["@std/assert"] = new URL("tools/offline/assert.ts", root).href;
  await using stranger = await project(program, config);
  const { code, text } = await stranger.deno("run", "--no-prompt", "main.ts");
  assertEquals(code, 0, text);
  assertStringIncludes(text, "scale nodes");
});
