import { assertEquals, assertStringIncludes } from "@std/assert";
import { hasSlurm, onTwoHosts } from "../cli/ranks/_two_hosts.ts";
import { permissionsOf, temporaryFolder } from "../cli/command.ts";
import { offlineFlags } from "../../tools/offline_flags.ts";
import { conclusionsIn, outcomesIn } from "./outcomes.ts";
import { study, tuned } from "./small_study.ts";

/** The script of the page and the commands that submit it, with a small study in a folder. */
async function commandsOfPage(folder: string) {
  const page = await Deno.readTextFile(new URL("../../reproduce/README.md", import.meta.url));
  const script = /```sh\n(#!\/bin\/sh\n# sweep\.sh[^]*?)```/.exec(page)![1]!;
  const commands = /```sh\n(tune=[^]*?)```/.exec(page)![1]!;
  const permissions = permissionsOf(["reproduce", "tuned", "--out", `${folder}/reproduce`]);
  const flags = ["-q", "--no-prompt", "--no-check", "--no-lock", ...offlineFlags(), ...permissions];
  const study = "tests/reproduce/small_study.ts";
  const changes = [
    ["deno task reproduce", `${Deno.execPath()} run ${flags.join(" ")} ${study}`],
    ["--array=1-8", "--array=1-2"],
    ["--scale paper", "--scale smoke --device cpu"],
    ["sweep.sh table1", `--output=${folder}/%j.out ${folder}/sweep.sh tuned`],
    [`${study} table1`, `${study} tuned`],
    ["--wrap", `--wait --output=${folder}/write.out --wrap`],
  ] as const;
  return [script, commands].map((text) =>
    changes.reduce((text, [from, to]) => text.replaceAll(from, to), text)
  );
}

/** As Slurm does before the time limit, ends a job once it has a checkpoint. */
const interrupted = `
job=$(sbatch --parsable --array=1 --output=$1/interrupted.out $1/sweep.sh small)
until ls $1/reproduce/points/*/run/checkpoints/* >/dev/null 2>&1; do sleep 0.1; done
scancel --batch --signal=TERM $job
while [ "$(squeue --noheader --job $job)" != "" ]; do sleep 0.1; done
mv $1/reproduce $1/interrupted
`;

Deno.test({
  name: "the Slurm arrays of the page have the results of one process, and save at the signal",
  ignore: !hasSlurm,
  async fn() {
    await using folder = await temporaryFolder();
    const { path } = folder;
    const [script, commands] = await commandsOfPage(path);
    await Deno.writeTextFile(`${path}/sweep.sh`, script!);
    const scenario = `set -e\nexport SCRATCH=$1\n${interrupted}\n${commands}`;
    const slurm = ["sh", "tests/cli/ranks/slurm.sh", path, "sh", "-c", scenario, "sh", path];
    const { code, err } = await onTwoHosts(path, ...slurm);
    const logs = ["interrupted", "write"].map((name) =>
      Deno.readTextFileSync(`${path}/${name}.out`)
    );
    assertEquals(code, 0, [err, ...logs].join("\n"));
    assertStringIncludes(logs[0]!, "Stopped and saved: run the same command to resume");
    await study({ ...tuned(), what: "tuned" }, `${path}/whole`);
    assertEquals(await outcomesIn(`${path}/reproduce`), await outcomesIn(`${path}/whole`));
    assertEquals(
      await conclusionsIn(`${path}/reproduce`, "tuned"),
      await conclusionsIn(`${path}/whole`, "tuned"),
    );
  },
});
