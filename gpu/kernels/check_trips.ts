import { DeviceError } from "../../graph/errors.ts";
import type { AdapterProfile } from "../adapter_profile.ts";

/** The loop trips of an invocation. */
interface Trips {
  readonly trips: number;
  /** What they are over, for the error: " for k = 8". */
  readonly place?: string;
  readonly profile: AdapterProfile;
}

/** Refuses a kernel whose invocations make more loop trips than the adapter allows. */
export function checkTrips(
  { label }: { readonly label: string },
  { trips, place = "", profile: { maxTrips } }: Trips,
): void {
  if (trips <= maxTrips) return;
  throw new DeviceError(
    `Cannot compile kernel "${label}": an invocation of this adapter makes at most ${maxTrips} ` +
      `loop trips: current number is ${trips}${place}`,
  );
}
