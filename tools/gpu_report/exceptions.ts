/** A fault that is known and not yet fixed. */
export interface Exception {
  readonly rule: "spills" | "share" | "idle" | "size";
  /** The kernel, as the report names it. */
  readonly kernel: string;
}

/**
 * The known faults, exactly: `gpu-report --check` fails on any other fault, and on one of these
 * that no longer occurs. Whoever fixes a kernel removes its row.
 */
export const exceptions: readonly Exception[] = [];
