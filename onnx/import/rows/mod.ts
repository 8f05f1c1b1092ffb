/** The operator table: one row per operator of ONNX, grouped by family. */
import type { Row } from "../row.ts";
import { activations } from "./activations.ts";
import { branches } from "./branches.ts";
import { convolutions } from "./convolutions.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { loops } from "./loops.ts";
import { normalizations } from "./normalizations.ts";
import { poolings } from "./pooling.ts";
import { products } from "./products.ts";
import { recurrences } from "./recurrent.ts";
import { reductions } from "./reductions.ts";
import { resizing } from "./resize.ts";
import { shapes } from "./shapes.ts";

/** The families of operators, for the documentation. */
export const families: ReadonlyMap<string, Readonly<Record<string, Row>>> = new Map(
  Object.entries({
    "Elementwise": elementwise,
    "Activations": activations,
    "Shapes and constants": shapes,
    "Positions": indexing,
    "Reductions and order": reductions,
    "Matrix products": products,
    "Convolutions": convolutions,
    "Pooling": poolings,
    "Normalization and dropout": normalizations,
    "Recurrences": recurrences,
    "Loops": loops,
    "Branches": branches,
    "Resizing": resizing,
  }),
);

const rows: ReadonlyMap<string, Row> = new Map(
  [...families.values()].flatMap((family) => Object.entries(family)),
);

/** Returns the row of an operator of ONNX's own domain; `undefined` if it is not supported. */
export function rowFor(operator: string): Row | undefined {
  return rows.get(operator);
}
