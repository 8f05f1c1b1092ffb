import type { Config } from "../settings/config.ts";

/**
 * Explains what the training loss measures, if it is not plain cross-entropy of unchanged samples;
 * else `undefined`.
 */
export function objectiveNote(
  { labelSmoothing, mixup }: Pick<Config, "labelSmoothing" | "mixup">,
): string | undefined {
  const parts = [
    ...(labelSmoothing > 0 ? [`label smoothing ${labelSmoothing}`] : []),
    ...(mixup === null ? [] : [`mixup ${mixup}`]),
  ];
  if (parts.length === 0) return undefined;
  const accuracy = mixup === null ? "" : ", and accuracy counts the label with the larger share";
  return `Training losses include ${parts.join(" and ")}${accuracy}; evaluations use unchanged ` +
    "samples and plain cross-entropy.";
}
