import { readVariables } from "../../autograd/mod.ts";
import { ratioHistogram, resetRatios, type Telemetry } from "../../optim/mod.ts";
import type { GsgdCounts, GsgdWindow } from "../../metrics/mod.ts";

/** Reads the counters of G-SGD since the start of the run. */
export async function readCounts(telemetry: Telemetry): Promise<GsgdCounts> {
  const counters = [telemetry.smallestPathValue, telemetry.signChanges];
  const [smallest, changes] = await readVariables(counters);
  return { smallestPathValue: smallest![0]!, signChanges: changes![0]! };
}

/** Reads the statistics of the ratios since the last call; `undefined` if they are not recorded. */
export async function takeRatios(
  { ratios, signChanges }: Telemetry,
): Promise<GsgdWindow | undefined> {
  if (!ratios) return undefined;
  const counters = [signChanges, ratios.smallestPathValue, ratios.clamped, ratios.above];
  const [changes, smallest, clamped, above] = await readVariables(counters);
  resetRatios(ratios);
  return {
    smallestPathValue: smallest![0]!,
    signChanges: changes![0]!,
    clamped: clamped![0]!,
    ratios: ratioHistogram(above!),
  };
}
