/** The lowering table: one row per op. */
import * as graph from "../../../graph/mod.ts";
import type { Op } from "../../../graph/mod.ts";
import type { Row } from "../row.ts";
import { elementwise } from "./elementwise.ts";
import { loops } from "./loops.ts";
import { network } from "./network.ts";
import { positions } from "./positions.ts";
import { sources } from "./sources.ts";
import { views } from "./views.ts";

type Exported = typeof graph;

/** Names of all ops that `graph/` exports. An op without a row is a type error. */
export type OpName = {
  [K in keyof Exported]: Exported[K] extends { readonly op: { readonly lowering: object } } ? K
    : never;
}[keyof Exported];

const table: Readonly<Record<OpName, Row>> = {
  ...sources,
  ...elementwise,
  ...views,
  ...positions,
  ...network,
  ...loops,
};

const rows: ReadonlyMap<string, Row> = new Map(Object.entries(table));

/** Returns the row of an op; `undefined` for custom ops, even those named like a built-in op. */
export function rowFor(op: Op): Row | undefined {
  const builder: unknown = Reflect.get(graph, op.name);
  const isOfTable = typeof builder === "function" && "op" in builder && builder.op === op;
  return isOfTable ? rows.get(op.name) : undefined;
}
