import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  env,
  type Installation,
  installations,
  isInstalled,
} from "../../distributed/_installations.ts";
import { metricsOf, newestCheckpoint, permissionsOf, temporaryFolder } from "../command.ts";
import { distance, filesOf, small, trainOn } from "./_train_on.ts";
import { offlineFlags } from "../../../tools/offline_flags.ts";

const repository = new URL("../../../", import.meta.url);

/** What is run on ranks, and how. */
interface Job {
  readonly ranks: number;
  /** Default: the command. */
  readonly script?: string;
  readonly args?: readonly string[];
  /** A program, with arguments, that starts the command. */
  readonly through?: readonly string[];
  /** Default: those of `train-mpi`. */
  readonly permissions?: readonly string[];
}

/** Starts ranks. */
function start({ launcher, flags }: Installation, job: Job): Deno.ChildProcess {
  const { ranks, script = "cli/main.ts", args = [], through = [] } = job;
  const { permissions = [...permissionsOf(args), "--allow-ffi"] } = job;
  const deno = [
    "run",
    "--no-check",
    "--no-prompt",
    "--no-lock",
    ...offlineFlags(),
    ...permissions,
    script,
  ];
  return new Deno.Command(launcher, {
    cwd: repository,
    args: [...flags, "-n", `${ranks}`, ...through, Deno.execPath(), ...deno, ...args],
    env,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** The exit code, what was printed, and the messages of the command, without those of the launcher. */
async function outcomeOf(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await child.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  const messages = err!.split("\n").filter((line) => /error: |Stopped and saved/.test(line));
  return { code, out: out!, err: err!, messages };
}

/** Sends a signal to the process of a rank. */
async function signal(folder: string, rank: number, name: Deno.Signal): Promise<void> {
  Deno.kill(Number(await Deno.readTextFile(`${folder}/${rank}.pid`)), name);
}

/** Waits until a file exists. */
async function untilThere(path: string): Promise<void> {
  while (!await Deno.stat(path).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Lets each rank write the number of its process to a folder before it becomes the command. */
function recorded(folder: string): readonly string[] {
  const rank = "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}";
  return ["sh", "-c", `echo $$ > ${folder}/${rank}.pid; exec "$@"`, "sh"];
}

/** Starts a run on two ranks that does not end by itself, and waits for its first checkpoint. */
async function startEndless(installation: Installation, folder: string, checkpointEvery = 1) {
  const out = `${folder}/run`;
  const often = `--checkpoint-every=${checkpointEvery}`;
  const endless = ["--optimizer=sgd", "--steps=100000000", often];
  const args = ["train", ...small, ...endless, "--out", out];
  const child = start(installation, { ranks: 2, args, through: recorded(folder) });
  const outcome = outcomeOf(child);
  const ended = outcome.then(({ err }) => Promise.reject(new Error(`The run ended: ${err}`)));
  await Promise.race([ended, untilThere(`${out}/model.safetensors`)]);
  ended.catch(() => {}); // it ends later, as the test wants
  return { out, outcome, child };
}

/** The step of the newest checkpoint of a run. */
async function savedStep(out: string): Promise<number> {
  return Number(/step-(\d+)/.exec(await newestCheckpoint(out))![1]);
}

/** Gives Open MPI's ranks three seconds after a signal to their launcher, instead of one. */
const patient: Readonly<Record<string, readonly string[]>> = {
  "Open MPI": ["--mca", "odls_base_sigkill_timeout", "3"],
};

for (const installation of installations) {
  const ignore = !(await isInstalled(installation));
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({ name: `${installation.name}: ${name}`, ignore, fn });

  test("the command trains on ranks as in one process", async () => {
    await using folder = await temporaryFolder();
    const [one, two] = [1, 2].map((size) => `${folder.path}/${size}`) as [string, string];
    const flags = [...small, "--optimizer=gsgd", "--epochs=2", "--mixup=0.3"];
    await trainOn(1, [...flags, "--out", one]);
    const args = ["train", ...flags, "--out", two];
    const { code, out, err } = await outcomeOf(start(installation, { ranks: 2, args }));
    assertEquals(code, 0, err);
    assertEquals(out.match(/^optimizer/gm)?.length, 1);
    assert(await distance(`${one}/model.safetensors`, `${two}/model.safetensors`) <= 1e-6);
    assertEquals(await filesOf(two), await filesOf(one));
    const { facts } = JSON.parse(await Deno.readTextFile(`${two}/run.json`));
    assertStringIncludes(facts[0], `2 ranks over ${installation.name}`);
  });

  test("a signal to one rank saves the run, which resumes in one process", async () => {
    await using folder = await temporaryFolder();
    const { outcome, out } = await startEndless(installation, folder.path);
    await signal(folder.path, 1, "SIGTERM");
    const { code, messages, err } = await outcome;
    assertEquals(code, 143, err);
    assertEquals(messages, [`Stopped and saved: continue with --resume ${out}`]);
    const step = await savedStep(out);
    await trainOn(1, ["--resume", out, `--steps=${step + 2}`, "--quiet"]);
    assert((await newestCheckpoint(out)).includes(`${step + 2}.`));
  });

  for (const [name, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    test(`${name} to the launcher saves the run`, async () => {
      await using folder = await temporaryFolder();
      const flags = [...installation.flags, ...patient[installation.name] ?? []];
      const { child, outcome, out } = await startEndless(
        { ...installation, flags },
        folder.path,
        500,
      );
      child.kill(name);
      const { code, err } = await outcome;
      // on a busy machine, MPICH's launcher ends before it has the exit codes of the ranks
      const codes = installation.name === "Open MPI" ? [1] : [expected, 0];
      assert(codes.includes(code), `exit code ${code}: ${err}`);
      const last = (await metricsOf(out)).findLast(({ kind }) => kind === "step");
      assertEquals(await savedStep(out), last!.step);
    });
  }

  test("a rank that is killed ends the others", async () => {
    await using folder = await temporaryFolder();
    const { outcome } = await startEndless(installation, folder.path);
    await signal(folder.path, 1, "SIGKILL");
    const { code } = await outcome;
    assert(code !== 0);
  });

  test("a rank that fails by itself says so and ends the others", async () => {
    const script = "tests/cli/ranks/_failing_rank.ts";
    const { code, messages } = await outcomeOf(start(installation, { ranks: 3, script }));
    assertEquals(code, 1);
    assertEquals(messages, ["rank 1 of 3: error: Cannot go on: this rank fails"]);
  });

  test("a wrong flag gives one message", async () => {
    const args = ["train", ...small, "--optimiser=sgd"];
    const { code, messages } = await outcomeOf(start(installation, { ranks: 2, args }));
    assertEquals(code, 2);
    assertEquals(messages.length, 1);
    assertStringIncludes(messages[0]!, "did you mean --optimizer?");
  });

  test("without the permission for MPI, the command refuses to train", async () => {
    const args = ["train", ...small];
    const permissions = permissionsOf(args);
    const { code, messages } = await outcomeOf(
      start(installation, { ranks: 2, args, permissions }),
    );
    assertEquals(code, 2);
    assertEquals(messages.length, 1);
    assertStringIncludes(messages[0]!, "use deno task train-mpi");
  });

  test("a launcher that the library does not belong to is refused", async () => {
    const args = ["train", ...small];
    // what the launcher of the other implementation would set
    const through = installation.name === "MPICH"
      ? ["env", "OMPI_COMM_WORLD_SIZE=2"]
      : ["env", "-u", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE=2"];
    const { code, messages } = await outcomeOf(start(installation, { ranks: 2, args, through }));
    assertEquals(code, 1);
    assertEquals(messages.length, 1);
    assertStringIncludes(messages[0]!, "the launcher started 2 ranks, but");
  });
}
