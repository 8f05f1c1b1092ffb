import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import offline from "../../tools/offline/import_map.json" with { type: "json" };

const real = new Map(Object.entries(config.imports));
const standIns = new Map(Object.entries(offline.imports));

/** `@std/cli` for `@std/cli/unstable-progress-bar`. */
function packageOf(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

Deno.test("the offline import map names the packages of deno.json, no more and no less", () => {
  const offlinePackages = new Set([...standIns.keys()].map(packageOf));
  assertEquals([...offlinePackages].sort(), [...real.keys()].sort());
});

Deno.test("the offline import map repeats every npm entry with the same version", () => {
  for (const [name, target] of real) {
    if (target.startsWith("npm:")) assertEquals(standIns.get(name), target);
    else assert(target.startsWith("jsr:@std/"), `${name} has no stand-in`);
  }
});

Deno.test("every file of the offline import map exists", async () => {
  for (const [name, target] of standIns) {
    if (target.startsWith("npm:")) continue;
    const file = new URL(target, new URL("../../tools/offline/", import.meta.url));
    assert((await Deno.stat(file)).isFile, `${name} points to a missing ${target}`);
  }
});

Deno.test("std_flags.ts tries every entry point that has a replacement", async () => {
  const source = await Deno.readTextFile(new URL("../../tools/std_flags.ts", import.meta.url));
  for (const [name, target] of standIns) {
    if (!target.startsWith("npm:")) assert(source.includes(`"${name}"`), `${name} is not tried`);
  }
});

Deno.test("deno.lock pins each dependency and contains no other host", async () => {
  const text = await Deno.readTextFile(new URL("../../deno.lock", import.meta.url));
  assertEquals(JSON.parse(text).workspace.dependencies.length, real.size);
  assertEquals(text.match(/https?:\/\/[^"]*/g), null);
});
