/** Whether the device can hold the slots of a plan and count the trips of its loops. */
import { ShapeError } from "./errors.ts";
import { loopsOf } from "./kernel.ts";
import type { Limits, Plan, Slot } from "./plan.ts";
import { checkBytes, checkElements, MOST_ELEMENTS } from "./sizes.ts";
import { elementCount, type Shape } from "./types.ts";

/**
 * Checks every slot and every loop of a plan.
 * @throws {ShapeError} naming the value or the kernel, its size and the limit
 */
export function checkPlan({ slots, dispatches }: Plan, { bytesPerSlot }: Limits): void {
  slots.forEach((slot) => checkSlot(slot, bytesPerSlot));
  for (const kernel of dispatches.flatMap(({ kernels }) => kernels)) {
    loopsOf(kernel).forEach((loops) => checkTrips(kernel.label, loops));
  }
}

function checkSlot({ label, type }: Slot, bytesPerSlot: number): void {
  const action = `keep "${label}" in memory`;
  checkElements(action, type);
  checkBytes(`${action} on this backend`, type, bytesPerSlot);
}

function checkTrips(label: string, loops: Shape): void {
  const trips = elementCount(loops);
  if (trips <= MOST_ELEMENTS) return;
  throw new ShapeError(
    `Cannot compute "${label}": the loops of a kernel may make at most ${MOST_ELEMENTS} trips: ` +
      `current loops over [${loops.join(", ")}] make ${trips}`,
  );
}
