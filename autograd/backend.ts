import { type Backend, GraphError } from "../graph/mod.ts";

let current: Backend | undefined;

/** Sets the backend that is used where none is given. The one piece of ambient state. */
export function setBackend(backend: Backend | undefined): void {
  current = backend;
}

/**
 * The given backend, or the one that was set.
 * @throws {GraphError} if there is neither
 * @throws {TypeError} if it is no backend, such as a promise of one
 */
export function resolveBackend(backend: Backend | undefined): Backend {
  const found = backend ?? current;
  if (!found) {
    throw new GraphError(
      "Cannot evaluate: a backend must be given or set: call setBackend(await openBackend())",
    );
  }
  if (typeof found !== "object" || !("compile" in found)) {
    const current = Object(found) instanceof Promise ? "a promise: await it" : String(found);
    throw new TypeError(
      `Cannot evaluate: the backend must be what openBackend() resolves to: current is ${current}`,
    );
  }
  return found;
}
