import type { Node } from "../../../graph/mod.ts";
import type { Choices } from "../choices.ts";
import type { Kind } from "../fit.ts";

/** How an op, or an idiom made of several, becomes part of a random graph. */
export interface Row {
  /** What the operands are cast to; shapes are the row's own business. */
  readonly operands: readonly Kind[];
  /** How often it is drawn. Default: 1. */
  readonly weight?: number;
  /** Builds a value of any operands of these kinds; `undefined` where none makes sense. */
  make(operands: readonly Node[], choices: Choices, name: string): Node | undefined;
}

/** Rows by name: the name of the op, or a name of the idiom that is no op's. */
export type Rows = Readonly<Record<string, Row>>;
