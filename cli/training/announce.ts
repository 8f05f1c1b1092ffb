import { escapeName } from "../../checkpoint/mod.ts";
import type { ArmFiles } from "../checkpoints/arm_files.ts";
import type { Display } from "../display.ts";
import { warn } from "../output.ts";
import { prose } from "../styled.ts";
import type { Job } from "./job.ts";
import { describeDevices } from "../ranks/describe_ranks.ts";
import { objectiveNote } from "./objective.ts";

/** Says what is trained, on which device, and into which folder, and warns of what is unusual. */
export async function announce(
  job: Job,
  files: readonly ArmFiles[],
  { path, display }: { readonly path: string; readonly display: Display },
): Promise<void> {
  const { config, model, choice, dataset, steps } = job;
  const note = objectiveNote(config);
  const lines = [
    `${model.name} on ${escapeName(dataset.name)}, batches of ${config.batch}, ${steps} steps each`,
    ...(note === undefined ? [] : [note]),
    `device: ${describeDevices(job)} (${choice})`,
    `folder: ${escapeName(path)}`,
  ];
  for (const line of lines) await display.line([prose(line)]);
  for (const { run: { arm } } of files) {
    for (const { segment, imbalance } of arm.failed ?? []) {
      warn(
        `${arm.name} excludes segment ${segment}, and its weights get plain updates: the conservation ` +
          `law does not hold in it on the first batch (imbalance ${imbalance.toExponential(1)})`,
      );
    }
  }
}
