import { launcherOfProcess } from "../../distributed/launcher.ts";
import type { Config } from "../settings/config.ts";
import type { Ranks } from "./ranks.ts";

/**
 * The number of threads, unless it is left to the backend: with several ranks, those that the
 * launcher reserved for this one, or an equal part of the machine's.
 */
export function threadsOf(
  { threads }: Pick<Config, "threads">,
  { size }: Pick<Ranks, "size">,
): { readonly threads?: number } {
  if (threads !== null) return { threads };
  if (size === 1) return {};
  const { cores, localSize = size } = launcherOfProcess() ?? {};
  const part = Math.floor(navigator.hardwareConcurrency / localSize);
  return { threads: Math.max(1, cores ?? part) };
}
