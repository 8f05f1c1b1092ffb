import { type Backend, GraphError } from "../graph/mod.ts";

let current: Backend | undefined;

/** Sets the backend that is used where none is given. The one piece of ambient state. */
export function setBackend(backend: Backend | undefined): void {
  current = backend;
}

/**
 * The given backend, or the one that was set.
 * @throws {GraphError} if there is neither
 */
export function resolveBackend(backend: Backend | undefined): Backend {
  const found = backend ?? current;
  if (!found) {
    throw new GraphError(
      "Cannot evaluate: a backend must be given or set: call setBackend(await openBackend())",
    );
  }
  return found;
}
