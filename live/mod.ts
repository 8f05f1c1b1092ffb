/**
 * The live page: shows curves of runs during training, in a browser on this machine.
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
