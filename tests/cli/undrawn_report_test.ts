import { assertEquals, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import offline from "../../tools/offline/import_map.json" with { type: "json" };
import { metricsOf, permissionsOf, small, temporaryFolder } from "./command.ts";

const root = new URL("../../", import.meta.url);

/** The import map of the project, with a drawing library that does not exist. */
function mapWithoutLibrary(): string {
  const isOffline = import.meta.resolve("@std/assert").startsWith("file:");
  const standIns = Object.entries(offline.imports).map(([name, target]) =>
    [
      name,
      target.startsWith("npm:") ? target : new URL(target, `${root}tools/offline/`).href,
    ] as const
  );
  const imports = isOffline ? Object.fromEntries(standIns) : manifest.imports;
  const missing = new URL("not_there.ts", root).href;
  return JSON.stringify({ imports: { ...imports, "@observablehq/plot": missing } });
}

Deno.test("a report that cannot be drawn does not affect the results", async () => {
  await using folder = await temporaryFolder();
  const map = `${folder.path}/map.json`;
  const out = `${folder.path}/run`;
  await Deno.writeTextFile(map, mapWithoutLibrary());
  const args = [...small, "--steps=2", `--out=${out}`];
  const flags = ["--no-lock", "--no-prompt", `--import-map=${map}`, ...permissionsOf(args)];
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    cwd: root,
    args: ["run", ...flags, "cli/main.ts", ...args],
  }).output();
  const printed = new TextDecoder().decode(stderr);
  assertEquals(code, 0, printed);
  assertStringIncludes(printed, "warning: Cannot draw figures: the drawing library did not load");
  assertStringIncludes(printed, `deno task report ${out}`);
  assertStringIncludes(new TextDecoder().decode(stdout), "sgd-skeleton");
  const kinds = (await metricsOf(out)).map(({ kind }) => kind);
  assertEquals(kinds.filter((kind) => kind === "end").length, 3);
});
