/** Time in which all ranks leave their last exchange, in milliseconds. */
const PAUSE_MS = 500;

/**
 * Whether `MPI_Finalize` of a library can hang, given its version: that of MPICH before 4.2 over UCX, if
 * ranks are on several machines.
 *
 * There, a rank says goodbye to each other one, and waits for the answers. Then it answers no more, but
 * waits for all ranks by other means (https://github.com/pmodels/mpich/pull/6596). So a rank that
 * has answered while it was still in an exchange says goodbye too late, and waits forever. A rank
 * that is in no exchange answers in `MPI_Finalize` alone, after its own goodbyes.
 */
export function finalizeCanHang(version: string): boolean {
  const [, major, minor] = /^MPICH Version:\s*(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || !/^MPICH Device:\s*ch4:ucx/m.test(version)) return false;
  return Number(major) < 4 || (Number(major) === 4 && Number(minor) < 2);
}

/** Blocks this thread, so that it calls nothing of MPI for a while. */
export function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
