/**
 * Choosing the device that computes.
 * @module
 */
export { type DeviceName, openBackend, type OpenBackendOptions } from "./open_backend.ts";
