/**
 * The live page: curves of runs while they train, for browsers of this machine.
 * @module
 */
export {
  type LiveOptions,
  type LiveServer,
  PortError,
  type PortProblem,
  serveLive,
} from "./server.ts";
export { type OnFailure, serveLiveInThread } from "./live_thread.ts";
