/**
 * The package for npm in the newest runtimes, which are installed from npm. The test skips what npm
 * cannot install, and prints what ran.
 */
import {
  assertNearDeno,
  assertSameAsDeno,
  networksInDeno,
  type Output,
} from "../portable/_networks.ts";
import { projectWithInstalled } from "../npm/_package.ts";
import { run } from "../portable/_bundle.ts";

/** A software driver, for machines without a Vulkan driver that Dawn accepts. */
const swiftShader = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** A project with the package and the program, into which npm can install runtimes. */
async function openProject() {
  const project = await projectWithInstalled();
  const { path } = project;
  const tests = `${import.meta.dirname}/..`;
  await Deno.copyFile(`${tests}/npm/programs/networks.mjs`, `${path}/networks.mjs`);
  const runIn = (runtime: string, args: readonly string[]) =>
    run(`${path}/node_modules/.bin/${runtime}`, args, { VK_ADD_DRIVER_FILES: swiftShader });
  return {
    /** Installs the newest version of a package, and returns whether npm could. */
    install: (name: string): Promise<boolean> =>
      run("npm", ["install", "--prefix", path, "--no-audit", "--no-fund", `${name}@latest`])
        .then(() => true, () => false),
    /** The version of a runtime. */
    version: async (runtime: string) => (await runIn(runtime, ["--version"])).trim(),
    /** Trains the networks in a runtime, with a number of threads or on "dawn". */
    train: async (runtime: string, device: string): Promise<Output | null> =>
      JSON.parse(
        await runIn(runtime, [`${path}/networks.mjs`, `${tests}/portable/networks.mjs`, device]),
      ),
    [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
  };
}

const hasNpm = await run("npm", ["--version"]).then(() => true, () => false);
if (!hasNpm) console.log("not run: Node, Bun, and Dawn for Node, because npm is not installed");

Deno.test({
  name: "the npm package trains in the newest Node and Bun as in Deno, and on Dawn",
  ignore: !hasNpm,
  async fn(t) {
    await using project = await openProject();
    const expected = await networksInDeno();
    for (const runtime of ["node", "bun"]) {
      await t.step(runtime, async () => {
        if (!await project.install(runtime)) return console.log(`not run: npm has no ${runtime}`);
        const version = await project.version(runtime);
        for (const threads of ["1", "2"]) {
          const output = (await project.train(runtime, threads))!;
          const verdict = assertSameAsDeno(output, expected);
          console.log(`${runtime} ${version}, ${output.description}: ${verdict}`);
        }
      });
    }
    await t.step("Dawn for Node", async () => {
      if (!await project.install("webgpu")) return console.log("not run: npm has no webgpu");
      const output = await project.train("node", "dawn");
      if (output === null) return console.log("not run: Dawn finds no adapter");
      assertNearDeno(output, expected);
      console.log(`Dawn for Node, ${output.description}: near Deno`);
    });
  },
});
