import type { ArmRun } from "../training/arm_run.ts";
import type { Ranks } from "./ranks.ts";

/** Lets an arm start on all ranks from the point at which it is on the first one. */
export async function shareProgress(ranks: Ranks, run: ArmRun): Promise<void> {
  if (ranks.size === 1) return;
  const progress = await ranks.onFirst(() => {
    const { values: _, bestValues: __, ...progress } = run.lastGood!;
    return progress;
  });
  await run.synchronize();
  if (!ranks.isFirst) await run.resumeFrom(progress);
}
