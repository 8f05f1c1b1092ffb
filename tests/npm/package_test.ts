import { assert, assertEquals, assertLess } from "@std/assert";
import * as esbuild from "esbuild";
import config from "../../deno.json" with { type: "json" };
import { decoders, manifest } from "../../tools/npm/manifest.ts";
import { lossesInDeno, run } from "../portable/_bundle.ts";
import { packageIn, projectWithInstalled, projectWithPackage } from "./_package.ts";

const hasNpm = await run("npm", ["--version"]).then(() => true, () => false);
if (!hasNpm) console.log("note: npm is not installed: the package is not installed in a project");

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

Deno.test("the files of the npm package are ES2022, without types of Deno", async () => {
  await using project = await projectWithPackage();
  let count = 0;
  try {
    for await (const path of filesIn(packageIn(project.path))) {
      if (!/\.(?:js|d\.ts)$/.test(path)) continue;
      const code = (await Deno.readTextFile(path)).replace(/\/\*[\s\S]*?\*\//g, "");
      if (path.endsWith(".d.ts")) {
        assert(!/\bDeno\.|\.ts"/.test(code), path);
      }
      if (!path.endsWith(".js")) continue;
      count++;
      // Newer syntax would be written in another way.
      const [es2022, esnext] = await Promise.all(
        ["es2022", "esnext"].map(async (target) =>
          (await esbuild.transform(code, { target, format: "esm" })).code
        ),
      );
      assertEquals(es2022, esnext, path);
      const packages = code.matchAll(/^(?:import|export)\b[^"]*\bfrom "([^."][^"]*)"/gm);
      const strangers = [...packages].filter(([, name]) => !decoders.some((one) => one === name));
      assertEquals(strangers, [], path);
      // Bundlers would look for such a file, and warn.
      assert(!/new URL\([^)]*import\.meta\.url/.test(code), path);
    }
  } finally {
    await esbuild.stop();
  }
  assert(count > 500, `${count} files`);
});

Deno.test("the npm package has a file for each of its modules, and depends on decoders only", async () => {
  await using project = await projectWithPackage();
  const path = packageIn(project.path);
  const data = JSON.parse(await Deno.readTextFile(`${path}/package.json`));
  assertEquals(data, JSON.parse(JSON.stringify(manifest())));
  assertEquals(data.version, config.version);
  assertEquals(Object.keys(data.dependencies), [...decoders]);
  for (const { types, default: code } of Object.values<Record<string, string>>(data.exports)) {
    for (const file of [types, code]) assert((await Deno.stat(`${path}/${file}`)).isFile, file);
  }
});

Deno.test({
  name: "installed by npm, the package trains in Node as in Deno, and its types are right",
  ignore: !hasNpm,
  fn: async (t) => {
    await using project = await projectWithInstalled();
    const { path } = project;
    const xor = `${import.meta.dirname}/../portable/xor.mjs`;
    const programs = `${import.meta.dirname}/programs`;
    for (const name of ["train.mjs", "types.ts"]) {
      await Deno.copyFile(`${programs}/${name}`, `${path}/${name}`);
    }
    await t.step("it trains, and reads a dataset", async () => {
      const { losses, description, dataset } = JSON.parse(
        await run("node", [`${path}/train.mjs`, xor]),
      );
      assertLess(losses.at(-1), 0.1);
      assertEquals(losses, await lossesInDeno(200, description.includes("relaxed")));
      assertEquals(dataset, "digits: 1437");
    });
    for (const resolution of ["nodenext", "bundler"]) {
      await t.step(`its types, with --moduleResolution ${resolution}`, async () => {
        const module = resolution === "nodenext" ? "nodenext" : "esnext";
        await run(Deno.execPath(), [
          ...["run", "--quiet", "--no-lock", "--no-config", "--allow-all"],
          ...[`${config.imports.typescript}/tsc`, "--noEmit", "--strict"],
          ...["--exactOptionalPropertyTypes", "--target", "es2022", "--types", ""],
          ...["--module", module, "--moduleResolution", resolution, "--lib", "es2022,dom"],
          `${path}/types.ts`,
        ]);
      });
    }
  },
});
