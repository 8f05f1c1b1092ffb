import { GraphError } from "../graph/errors.ts";
import type { Backend } from "../graph/plan.ts";

let current: Backend | undefined;

/** Sets the default backend: the one that is used where no `backend` is given. */
export function setBackend(backend: Backend | undefined): void {
  current = backend;
}

/**
 * Returns the given backend, or the default one.
 * @throws {GraphError} if there is neither
 * @throws {TypeError} if the value is not a backend, for example a promise of one
 */
export function resolveBackend(backend: Backend | undefined): Backend {
  const found = backend ?? current;
  if (!found) {
    throw new GraphError(
      "Cannot evaluate: there is no backend: pass { backend }, or call setBackend(await openBackend())",
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
