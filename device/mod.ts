/**
 * Opening a backend: the GPU or the CPU.
 * @module
 */
export { type DeviceName, openBackend, type OpenBackendOptions } from "./open_backend.ts";
