/** Two simulated hosts (two_hosts.sh), which need root, and Slurm on them. */
import { env } from "../../distributed/_installations.ts";

/** Whether a command is there and succeeds. */
async function succeeds(command: string, ...args: readonly string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args: [...args] }).output()).success;
  } catch {
    return false;
  }
}

/** Whether this system can simulate hosts. */
export const hasHosts: boolean = await succeeds(
  "unshare",
  "--net",
  "--pid",
  "--fork",
  "ip",
  "link",
);

/** Whether there is a Slurm that the hosts can start (slurm.sh). */
export const hasSlurm: boolean = hasHosts && await succeeds("munged", "--version") &&
  await succeeds("slurmctld", "-V") && await succeeds("slurmd", "-V");

/** Runs a command on the first of two hosts, which keep their files in the folder. */
export async function onTwoHosts(folder: string, ...command: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["tests/cli/ranks/two_hosts.sh", folder, ...command],
    cwd: new URL("../../../", import.meta.url),
    env,
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out!, err: err! };
}
