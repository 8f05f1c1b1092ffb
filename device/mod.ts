/**
 * Opening a backend: the GPU or the CPU.
 * @module
 */
import "../graph/dispose.ts";
export { nextFrame } from "./next_frame.ts";
export { type DeviceName, openBackend, type OpenBackendOptions } from "./open_backend.ts";
