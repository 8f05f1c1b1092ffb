import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { alone } from "../../distributed/mod.ts";
import { temporaryFolder } from "../cli/command.ts";
import { env, type Installation, installations, isInstalled } from "./_installations.ts";
import { farthest, toleranceOf, trainSmallModel } from "./_small_model.ts";
import { offlineFlags } from "../../tools/offline_flags.ts";

/** Runs the program on several ranks; gives the exit code, and what each rank reports. */
async function launch(
  { launcher, flags }: Installation,
  ranks: number,
  { task, library = "" }: { readonly task: string; readonly library?: string },
) {
  await using folder = await temporaryFolder();
  const program = `${import.meta.dirname}/_mpi_program.ts`;
  const permissions = [
    "--allow-ffi",
    "--allow-env",
    "--allow-read",
    `--allow-write=${folder.path}`,
  ];
  const deno = ["run", "--no-check", "--no-lock", ...permissions, ...offlineFlags(), program];
  const { code, stderr } = await new Deno.Command(launcher, {
    args: [...flags, "-n", `${ranks}`, Deno.execPath(), ...deno, task, folder.path, library],
    env,
  }).output();
  const names = [];
  for await (const { name } of Deno.readDir(folder.path)) names.push(name);
  names.sort();
  const texts = names.map((name) => Deno.readTextFileSync(`${folder.path}/${name}`));
  return {
    code,
    errors: new TextDecoder().decode(stderr),
    ranks: names.map((name) => parseInt(name)),
    results: texts.map((text) => JSON.parse(text)),
  };
}

for (const installation of installations) {
  const { name } = installation;
  const ignore = !(await isInstalled(installation));

  Deno.test({
    name: `${name}: ranks sum, compare, and broadcast`,
    ignore,
    async fn() {
      const { code, errors, ranks, results } = await launch(installation, 3, {
        task: "collectives",
      });
      assertEquals(code, 0, errors);
      assertEquals(ranks, [0, 1, 2]);
      for (const { sum, max, bytes, description } of results) {
        assertEquals({ sum, max, bytes }, { sum: [6, 1.5], max: [2, 0], bytes: [1, 1, 1] });
        assertStringIncludes(description, name);
      }
    },
  });

  for (const size of [2, 3]) {
    Deno.test({
      name: `${name}: G-SGD on ${size} ranks takes the steps of one process`,
      ignore,
      async fn() {
        const expected = await trainSmallModel({ method: "gsgd", rows: 13, communicator: alone });
        const { code, errors, results } = await launch(installation, size, { task: "train" });
        assertEquals(code, 0, errors);
        assertEquals(results.length, size);
        for (const { weights, losses } of results) {
          assertEquals(weights, results[0].weights);
          assert(farthest(weights, expected.weights) <= toleranceOf("gsgd"));
          assert(Math.abs(losses - expected.losses) < 1e-5);
        }
      },
    });
  }

  Deno.test({
    name: `${name}: a rank that fails ends the others`,
    ignore,
    async fn() {
      const { code, errors, results } = await launch(installation, 2, { task: "fail" });
      assert(code !== 0);
      assertStringIncludes(errors, "rank 1 fails");
      assertEquals(results, []);
    },
  });

  const other = installations.find((row) => row !== installation)!;
  Deno.test({
    name: `${name}: the library of ${other.name} is refused`,
    ignore: ignore || !(await isInstalled(other)),
    async fn() {
      const { code, errors } = await launch(installation, 2, {
        task: "collectives",
        library: other.library,
      });
      assert(code !== 0);
      assertStringIncludes(errors, "the launcher started 2 ranks");
    },
  });
}
