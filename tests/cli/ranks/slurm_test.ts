import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Installation, installations, isInstalled } from "../../distributed/_installations.ts";
import { newestCheckpoint, temporaryFolder } from "../command.ts";
import { small, trainOn } from "./_train_on.ts";
import { hasSlurm, onTwoHosts } from "./_two_hosts.ts";

/** What Slurm connects the ranks of an implementation with, as in docs/distributed.md. */
const protocols: Readonly<Record<string, string>> = { "Open MPI": "pmix", "MPICH": "pmi2" };

const page = new URL("../../../docs/distributed.md", import.meta.url);

/** The script of the page, with a small run in a folder that is named after the job. */
async function jobScript(installation: Installation, folder: string): Promise<string> {
  let script = /```sh\n(#!\/bin\/bash\n#SBATCH [^]*?)```/.exec(await Deno.readTextFile(page))![1]!;
  const endless = ["--optimizer=sgd", "--steps=100000000", "--checkpoint-every=1"];
  const changes = [
    ["--model resnet-20 --dataset cifar10 --optimizer gsgd --epochs 160", [...small, ...endless]],
    ["out=runs/", `out=${folder}/`],
    ["--mpi=pmix", `--mpi=${protocols[installation.name]}`],
    ["module load openmpi", ":"],
  ] as const;
  for (const [from, to] of changes) {
    assertStringIncludes(script, from);
    script = script.replace(from, [to].flat().join(" "));
  }
  return script;
}

/**
 * Submits the script three times. The jobs are ended as they train: the first one by the signal that
 * Slurm sends before the time limit, the second one by scancel, the third one by the death of a rank.
 */
const scenario = `
set -e
folder=$1
submit() {
  sbatch --parsable --ntasks-per-node=1 --cpus-per-task=1 --output=$folder/%j.out $folder/job.sh
}
step() { ls $folder/gspace/checkpoints 2>/dev/null | sed 's/[^0-9]//g' | sort -n | tail -n 1; }
until_beyond() { # until_beyond JOB STEP
  while [ "$(step)" = "" ] || [ "$(step)" -le "$2" ]; do
    [ "$(squeue --noheader --job $1)" != "" ] || exit 1
    sleep 0.1
  done
}
until_ended() { # fails after two minutes
  tries=0
  while [ "$(squeue --noheader --job $1)" != "" ]; do
    tries=$((tries + 1))
    [ $tries -lt 1200 ] || { echo "job $1 has not ended" >&2; exit 1; }
    sleep 0.1
  done
}
job=$(submit)
until_beyond $job 0
scancel --signal=TERM $job
until_ended $job
saved=$(step)
job=$(submit)
until_beyond $job $saved
scancel $job
until_ended $job
echo "$saved"
saved=$(step)
job=$(submit)
until_beyond $job $saved
pkill -KILL -n -f -- "cli/main.ts train .*--resume $folder/gspace"
until_ended $job
`;

for (const installation of installations) {
  Deno.test({
    name: `${installation.name}: Slurm runs the script of the docs on two hosts, and resumes it`,
    ignore: !hasSlurm || !(await isInstalled(installation)),
    async fn() {
      await using folder = await temporaryFolder();
      const { path } = folder;
      const out = `${path}/gspace`;
      await Deno.writeTextFile(`${path}/job.sh`, await jobScript(installation, path));
      const slurm = ["sh", "tests/cli/ranks/slurm.sh", path, "sh", "-c", scenario, "sh", path];
      const { code, out: printed, err } = await onTwoHosts(path, ...slurm);
      const logs = await Promise.all(
        [1, 2].map((job) => Deno.readTextFile(`${path}/${job}.out`).catch(() => "")),
      );
      assertEquals(code, 0, [err, ...logs].join("\n"));
      for (const log of logs) {
        const message = `Stopped and saved: continue with --resume ${out}`;
        assertEquals(log.match(/^Stopped and saved: .*/gm), [message], log);
      }
      const { facts } = JSON.parse(await Deno.readTextFile(`${out}/run.json`));
      assertStringIncludes(facts[0], `on 2 ranks over ${installation.name}`);
      const step = Number(/step-(\d+)/.exec(await newestCheckpoint(out))![1]);
      assert(step > Number(printed), `${step} after ${printed}`);
      await trainOn(1, ["--resume", out, `--steps=${step + 2}`, "--quiet"]);
      assert((await newestCheckpoint(out)).includes(`${step + 2}.`));
    },
  });
}
