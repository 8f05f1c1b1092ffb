import { counted } from "../../graph/counted.ts";
import type { Job } from "../training/job.ts";

/** What a job computes on: the device, or the ranks with that of each. */
export function describeDevices({ ranks: { communicator, size }, devices }: Job): string {
  if (!communicator) return devices.join();
  const [first, ...others] = devices;
  const ranks = `${counted(size, "rank")} over ${communicator.description}`;
  if (others.every((device) => device === first)) return `${ranks}, each on ${first}`;
  return `${ranks}: ${devices.map((device, rank) => `rank ${rank} on ${device}`).join("; ")}`;
}
