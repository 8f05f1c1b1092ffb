import { type Launcher, launcherOfProcess } from "../../distributed/launcher.ts";
import { connectMpi, LauncherError, type MpiCommunicator } from "../../distributed/mpi.ts";
import { mayRunNativeCode } from "../environment.ts";
import { DivergedError, Interrupted, UsageError } from "../errors.ts";
import { muteOutput, note } from "../output.ts";
import { describeError, exitCodeOf } from "../report_error.ts";
import type { Connection } from "./connection.ts";
import { flushToLauncher } from "./flush.ts";
import { oneRank, Ranks } from "./ranks.ts";

/** Time in milliseconds that is left to the first rank to report an error and end. */
const OTHERS_WAIT = 1000;

/**
 * Runs a command as one of the ranks that a launcher of MPI started. Only the first rank prints. If
 * the command fails on one rank, the processes of all end with the exit code of its error.
 * @throws {UsageError} if there is a launcher, but no permission to use MPI
 * @throws {DeviceError} if the launcher does not belong to the library of MPI
 */
export async function onRanks<T>(
  connection: Connection,
  run: (ranks: Ranks) => Promise<T>,
): Promise<T> {
  const launcher = launcherOfProcess();
  const isAlone = connection === "auto" && (launcher?.size ?? 1) === 1;
  if (connection === "off" || isAlone) return await run(oneRank);
  // stays so when all ranks fail together: the first one reports the error
  const muted = (launcher?.rank ?? 0) > 0 ? muteOutput() : undefined;
  const communicator = await connect(launcher, muted);
  const localRank = launcher?.localRank;
  const ranks = new Ranks(communicator, localRank === undefined ? {} : { localRank });
  try {
    const result = await run(ranks);
    communicator.finalize();
    return result;
  } catch (error) {
    if (!isShared(error, ranks)) await endAll(communicator, error, muted);
    communicator.finalize();
    // the first one that ends may end the others, so let it be the one that reports the error
    if (muted) await sleep(OTHERS_WAIT);
    throw error;
  }
}

/** Whether all ranks end with this error. */
function isShared(error: unknown, ranks: Ranks): boolean {
  return ranks.size === 1 || ranks.haveFailed ||
    error instanceof Interrupted || error instanceof DivergedError;
}

/** Connects to the other ranks. If that fails, the first one says so before the others. */
async function connect(
  launcher: Launcher | undefined,
  muted: Disposable | undefined,
): Promise<MpiCommunicator> {
  try {
    requirePermission(launcher?.size ?? 1);
    return connectMpi();
  } catch (error) {
    if (muted) await sleep(OTHERS_WAIT);
    // these have the same reason on all ranks, and the first one has reported it
    const isShared = error instanceof UsageError || error instanceof LauncherError;
    if (!isShared) muted?.[Symbol.dispose]();
    throw error;
  }
}

function requirePermission(size: number): void {
  if (mayRunNativeCode()) return;
  throw new UsageError(
    `Cannot train on ${size} ranks: MPI needs the permission --allow-ffi: use deno task train-mpi, ` +
      "or --distributed off to train in each process by itself",
  );
}

/** Reports an error that the other ranks do not have, and ends the processes of all. */
async function endAll(
  communicator: MpiCommunicator,
  error: unknown,
  muted: Disposable | undefined,
): Promise<never> {
  const { rank, size } = communicator;
  if (muted) await sleep(OTHERS_WAIT);
  muted?.[Symbol.dispose]();
  note(`rank ${rank} of ${size}: ${error instanceof Error ? describeError(error) : error}`);
  await flushToLauncher();
  const code = error instanceof Error ? exitCodeOf(error) : 1;
  communicator.abort(code);
  Deno.exit(code);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
