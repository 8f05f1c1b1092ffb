import type { ArmRun } from "../training/arm_run.ts";
import type { Ranks } from "./ranks.ts";

/** Brings an arm on all ranks to the step and state that it has on the first rank. */
export async function shareProgress(ranks: Ranks, run: ArmRun): Promise<void> {
  if (ranks.size === 1) return;
  const progress = await ranks.onFirst(() => {
    const { values: _, bestValues: __, ...progress } = run.lastGood!;
    return progress;
  });
  await run.synchronize();
  if (!ranks.isFirst) await run.resumeFrom(progress);
}
