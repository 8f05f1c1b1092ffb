import { elementwiseRows } from "./elementwise.ts";
import { gradientRows } from "./gradients.ts";
import { imageRows } from "./images.ts";
import { indexingRows } from "./indexing.ts";
import { matrixRows } from "./matrices.ts";
import { randomRows } from "./random.ts";
import { reductionRows } from "./reductions.ts";
import type { Rows } from "./row.ts";
import { scanRows } from "./scans.ts";
import { sourceRows } from "./sources.ts";
import { viewRows } from "./views.ts";

/** Every op of the op table, and idioms that read values in unusual ways. */
export const rows: Rows = {
  ...sourceRows,
  ...elementwiseRows,
  ...viewRows,
  ...reductionRows,
  ...indexingRows,
  ...matrixRows,
  ...imageRows,
  ...randomRows,
  ...gradientRows,
  ...scanRows,
};
