import type { LiveOptions, PortProblem } from "./server.ts";

/** A message to the thread of the live page. */
export type ToWorker = ({ readonly kind: "serve" } & LiveOptions) | { readonly kind: "end" };

/** A message from the thread of the live page. */
export type ToMain =
  | { readonly kind: "serving"; readonly url: string }
  | { readonly kind: "failed"; readonly message: string; readonly problem?: PortProblem }
  | { readonly kind: "ended" };
