/**
 * Path-SGD [Neyshabur et al. 2015], which G-SGD is compared with, as a pass over the graph
 * of a training step. Read `path_sgd.ts` first, then `squared_network.ts`.
 * @module
 */
export { pathSgd, type PathSgdOptions, type PathSgdPlan, planPathSgd } from "./path_sgd.ts";
export { formatPathSgdReport, type PathSgdParameter, type PathSgdReport } from "./report.ts";
