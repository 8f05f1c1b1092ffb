/**
 * Trains one model in several processes, on one or several machines: each computes a part of every
 * batch, and they add up their gradients (data parallelism).
 *
 * @module
 */
import "../graph/dispose.ts";
export { alone, checkCommunicator, type Communicator } from "./communicator.ts";
export { type MpiOptions, overMpi } from "./mpi.ts";
export { checkEqual } from "./check_equal.ts";
export { inProcess } from "./in_process.ts";
export { type RowRange, rowsOfRank } from "./rows.ts";
export { ofThisRank, sumOverRanks } from "./collective.ts";
export { compileDistributed, type CompileDistributedOptions, DistributedStep } from "./step.ts";
