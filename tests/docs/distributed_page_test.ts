import { assert, assertEquals } from "@std/assert";
import { env, installations, isInstalled } from "../distributed/_installations.ts";
import { temporaryFolder } from "../cli/command.ts";
import { offlineFlags } from "../../tools/offline_flags.ts";

const repository = new URL("../../", import.meta.url);

/** The program of the page, and the permissions with which the page starts it. */
async function programOfPage() {
  const page = await Deno.readTextFile(new URL("docs/distributed.md", repository));
  const program = /```ts ignore\n\/\/ digits\.ts\n([^]*?)```/.exec(page)![1]!;
  const permissions = /deno run (--.*) digits\.ts/.exec(page)![1]!.split(" ");
  return { program, permissions };
}

/**
 * Runs the program behind a command that starts it; gives the accuracy and the number of ranks, which
 * one rank prints.
 */
async function printedBy(...start: readonly string[]) {
  await using folder = await temporaryFolder();
  const { program, permissions } = await programOfPage();
  const path = `${folder.path}/digits.ts`;
  await Deno.writeTextFile(path, program);
  const config = `--config=${new URL("deno.json", repository).pathname}`;
  const flags = ["--no-prompt", "--no-check", "--no-lock", config, ...offlineFlags()];
  const [command, ...args] = [...start, Deno.execPath(), "run", ...flags, ...permissions, path];
  const { stdout, stderr } = await new Deno.Command(command!, { args, env }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  const found = /^accuracy (\S+) on (\d+) ranks\n$/.exec(out!);
  assert(found, `${out}\n${err}`);
  return { accuracy: Number(found[1]), ranks: Number(found[2]) };
}

for (const installation of installations) {
  const { name, launcher, flags } = installation;
  Deno.test({
    name: `${name}: the program of the page learns on 1, 2, and 3 ranks as in one process`,
    ignore: !(await isInstalled(installation)),
    async fn() {
      const alone = await printedBy();
      assertEquals(alone.ranks, 1);
      assert(alone.accuracy > 0.8, `${alone.accuracy}`);
      for (const ranks of [1, 2, 3]) {
        const on = await printedBy(launcher, ...flags, "-n", `${ranks}`);
        assertEquals(on.ranks, ranks);
        // one image of 360 may be on the other side, by rounding
        assert(Math.abs(on.accuracy - alone.accuracy) < 1.5 / 360, `${on.accuracy}`);
      }
    },
  });
}
