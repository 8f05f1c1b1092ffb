/**
 * The scalar language: expressions that define one element of an op's result.
 * @module
 */
export * from "./scalar.ts";
export {
  type BinaryFunctions,
  type BinaryName,
  type ScalarType,
  scalarTypeOf,
  type UnaryFunctions,
  type UnaryName,
} from "./functions.ts";
export { type BinaryBuilder, s, type ScalarBuilders, type UnaryBuilder } from "./build.ts";
export { dependsOnAxis, strideAlong } from "./affine.ts";
export { ScalarTable } from "./table.ts";
export { depthOf, loadsOf, scalarRewriter, visitScalars } from "./rewrite.ts";
export { linearIndex, positionOf } from "./position.ts";
