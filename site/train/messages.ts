/** The optimizers that can be compared. */
export const armNames = ["sgd", "sgd-skeleton", "gsgd"] as const;

/** Name of an optimizer, with its initial weights. */
export type ArmName = typeof armNames[number];

/** What the page asks of the worker, once. */
export interface Request {
  /** The compressed data file, in base64. */
  readonly data: string;
  readonly device: "cpu" | "gpu";
  readonly arms: readonly ArmName[];
  readonly epochs: number;
}

/** Loss and error of an arm after some steps. */
export interface Point {
  readonly arm: ArmName;
  readonly step: number;
  readonly epoch: number;
  /** Mean cross-entropy of the first training samples. */
  readonly loss: number;
  /** Fraction of test samples that are classified wrongly. */
  readonly error: number;
}

/** What the worker tells the page. */
export type Message =
  | { readonly kind: "started"; readonly backend: string; readonly steps: number }
  | { readonly kind: "point"; readonly point: Point }
  | { readonly kind: "done"; readonly seconds: number }
  | { readonly kind: "failed"; readonly message: string };
