/** Kernels as JSON: their fields, with expressions by number. */
import type {
  Combine,
  Conv2dKernel,
  Conv2dSizes,
  Kernel,
  LoopKernel,
  MatmulKernel,
  MatrixOperand,
  Reduction,
  ScatterKernel,
  Store,
} from "../graph/kernel.ts";
import { MOST_ELEMENTS } from "../graph/sizes.ts";
import type { Shape } from "../graph/types.ts";
import { ExpressionReader, ExpressionWriter } from "./expressions.ts";
import type { Json } from "./json.ts";

/** A kernel as JSON. */
export function kernelToJson(kernel: Kernel): Readonly<Record<string, unknown>> {
  const writer = new ExpressionWriter();
  const stores = (list: readonly Store[]) =>
    list.map(({ slot, index, value }) => [slot, writer.number(index), writer.number(value)]);
  const fields = kernel.kind === "loop"
    ? {
      ...kernel,
      reductions: kernel.reductions.map(({ combine, value }) => [combine, writer.number(value)]),
      outerStores: stores(kernel.outerStores),
      innerStores: stores(kernel.innerStores),
    }
    : { ...kernel, stores: stores(kernel.stores) };
  return { ...fields, expressions: writer.rows };
}

const kinds: {
  readonly [Kind in Kernel["kind"]]: (json: Json) => Extract<Kernel, { kind: Kind }>;
} = { loop: loopOf, matmul: matmulOf, conv2d: conv2dOf, scatter: scatterOf };

/** Reads a kernel. Whether it fits the plan is for `verifyUntrusted`. */
export function kernelOf(json: Json): Kernel {
  return kinds[json.field("kind").oneOf(Object.keys(kinds) as Kernel["kind"][])](json);
}

const combines: readonly Combine[] = ["sum", "max", "min", "prod"];

function loopOf(json: Json): LoopKernel {
  const fields = json.fields([
    ...["kind", "label", "outer", "inner", "reductions", "outerStores", "innerStores"] as const,
    "expressions",
  ]);
  const scalars = new ExpressionReader(fields.expressions);
  return {
    kind: "loop",
    label: fields.label.text(),
    outer: shapeOf(fields.outer),
    inner: shapeOf(fields.inner),
    reductions: fields.reductions.items().map((each): Reduction => {
      const [combine, value] = each.tuple(2) as [Json, Json];
      return { combine: combine.oneOf(combines), value: scalars.at(value) };
    }),
    outerStores: storesOf(fields.outerStores, scalars),
    innerStores: storesOf(fields.innerStores, scalars),
  };
}

function matmulOf(json: Json): MatmulKernel {
  const fields = json.fields([
    ...["kind", "label", "batch", "m", "n", "k", "a", "b", "stores", "expressions"] as const,
  ]);
  return {
    kind: "matmul",
    label: fields.label.text(),
    batch: shapeOf(fields.batch),
    m: sizeOf(fields.m),
    n: sizeOf(fields.n),
    k: sizeOf(fields.k),
    a: matrixOf(fields.a),
    b: matrixOf(fields.b),
    stores: storesOf(fields.stores, new ExpressionReader(fields.expressions)),
  };
}

function matrixOf(json: Json): MatrixOperand {
  const { slot, offset, batchStrides, rowStride, columnStride } = json.fields([
    ...["slot", "offset", "batchStrides", "rowStride", "columnStride"] as const,
  ]);
  return {
    slot: sizeOf(slot),
    offset: sizeOf(offset),
    batchStrides: batchStrides.items().map(strideOf),
    rowStride: strideOf(rowStride),
    columnStride: strideOf(columnStride),
  };
}

const roles: readonly Conv2dKernel["role"][] = ["forward", "inputGradient", "weightGradient"];
const sizeNames = [
  ...["n", "c", "h", "w", "o", "kernelHeight", "kernelWidth", "outHeight", "outWidth"] as const,
  "groups",
] as const;
const pairNames = ["stride", "padding", "dilation"] as const;

function conv2dOf(json: Json): Conv2dKernel {
  const fields = json.fields([
    ...["kind", "label", "role", "sizes", "a", "b", "stores", "expressions"] as const,
  ]);
  const sizes = fields.sizes.fields([...sizeNames, ...pairNames]);
  const numbers = sizeNames.map((name) => [name, sizeOf(sizes[name])]);
  const pairs = pairNames.map((name) => [name, sizes[name].tuple(2).map(sizeOf)]);
  return {
    kind: "conv2d",
    label: fields.label.text(),
    role: fields.role.oneOf(roles),
    sizes: Object.fromEntries([...numbers, ...pairs]) as Conv2dSizes,
    a: sizeOf(fields.a),
    b: sizeOf(fields.b),
    stores: storesOf(fields.stores, new ExpressionReader(fields.expressions)),
  };
}

function scatterOf(json: Json): ScatterKernel {
  const fields = json.fields([
    ...["kind", "label", "combine", "type", "rows", "columns", "terms"] as const,
    ...["source", "indices", "stores", "expressions"] as const,
  ]);
  return {
    kind: "scatter",
    label: fields.label.text(),
    combine: fields.combine.oneOf(["sum", "max"]),
    type: fields.type.oneOf(["f32", "i32", "u32"]),
    rows: sizeOf(fields.rows),
    columns: sizeOf(fields.columns),
    terms: sizeOf(fields.terms),
    source: sizeOf(fields.source),
    indices: sizeOf(fields.indices),
    stores: storesOf(fields.stores, new ExpressionReader(fields.expressions)),
  };
}

function storesOf(json: Json, scalars: ExpressionReader): Store[] {
  return json.items().map((each) => {
    const [slot, index, value] = each.tuple(3) as [Json, Json, Json];
    return { slot: sizeOf(slot), index: scalars.at(index), value: scalars.at(value) };
  });
}

/** Sizes of axes. */
export function shapeOf(json: Json): Shape {
  return json.items().map(sizeOf);
}

/** A size, or a number of a slot. */
export function sizeOf(json: Json): number {
  return json.whole(0, MOST_ELEMENTS);
}

function strideOf(json: Json): number {
  return json.whole(-MOST_ELEMENTS, MOST_ELEMENTS);
}
