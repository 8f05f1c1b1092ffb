import { launcherOfProcess } from "../../distributed/launcher.ts";

/**
 * Time for a message to reach the launcher, in milliseconds. What it has not printed when a rank
 * aborts is lost, and so may be what it has not printed when it ends the others.
 */
const FLUSH = 300;

/** Waits until a launcher, if there is one, has printed what this process has written. */
export async function flushToLauncher(): Promise<void> {
  if ((launcherOfProcess()?.size ?? 1) === 1) return;
  await new Promise((resolve) => setTimeout(resolve, FLUSH));
}
