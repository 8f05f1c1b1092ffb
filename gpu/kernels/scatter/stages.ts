import type { ScatterKernel } from "../../../graph/kernel.ts";
import { skipsEmptyRows } from "../../../graph/kernels/empty_rows.ts";
import { s } from "../../../graph/scalar/mod.ts";
import type { AdapterProfile } from "../../adapter_profile.ts";
import type { Scratch, Stages } from "../stages.ts";
import type { ScatterVisits } from "../gpu_kernel.ts";
import { listsLength, listsTrips } from "./lists.ts";

/** Rows up to which comparing all indices with each row takes less time than following lists. */
const FEW_ROWS = 32;

/**
 * Two stages: lists of the terms of each row, and their sums. A scatter to few rows remains a loop
 * on GPUs, where several invocations share a row; so does one that makes too many loop trips.
 */
export function scatterStages(
  kernel: ScatterKernel,
  profile: AdapterProfile,
  scratch: Scratch,
): Stages {
  const { rows, indices } = kernel;
  const visits = visitsOf(kernel, profile);
  const isFew = rows <= FEW_ROWS && profile.leastTurns < Infinity;
  if (isFew || listsTrips(kernel, visits, profile) > profile.maxTrips) return { main: kernel };
  const lists = scratch(listsLength(kernel, visits), "i32");
  const stores = [{ slot: lists, index: s.int(0), value: s.int(0) }];
  const listing = { ...kernel, source: indices, columns: 1, stores };
  return {
    before: {
      kernel: { kind: "scatterLists", label: `${kernel.label}, lists`, scatter: listing, visits },
      source: indices,
    },
    main: {
      kind: "scatterSums",
      label: kernel.label,
      scatter: { ...kernel, indices: lists },
      visits,
    },
  };
}

/**
 * Terms, if there are fewer of them than rows and other rows need not change. If other rows may
 * change, the terms share them.
 */
function visitsOf(kernel: ScatterKernel, { maxTrips }: AdapterProfile): ScatterVisits {
  const { rows, terms } = kernel;
  const isFewer = terms > 0 && terms < rows && rows / terms < maxTrips;
  return isFewer && skipsEmptyRows(kernel) ? "terms" : "rows";
}
