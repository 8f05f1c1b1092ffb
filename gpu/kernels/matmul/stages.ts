import { kernelSpace, type MatmulKernel, type MatrixOperand } from "../../../graph/kernel.ts";
import type { AdapterProfile } from "../../adapter_profile.ts";
import type { Scratch, Stages } from "../stages.ts";
import { sumOfParts } from "../sum_of_parts.ts";
import { cooperativeTiling, cooperativeWorkgroup, isCooperative } from "./cooperative.ts";

/** Fewest terms of a part: fewer would spend more time adding parts than multiplying. */
const LEAST_TERMS = 64;

/**
 * Splits a product through workgroup memory into several sums over parts of k if its result has too
 * few tiles to occupy the adapter. The parts are a batch axis of the product.
 */
export function matmulStages(
  kernel: MatmulKernel,
  profile: AdapterProfile,
  scratch: Scratch,
): Stages {
  const parts = isCooperative(kernel, profile) ? chooseParts(kernel, profile) : 1;
  if (parts === 1) return { main: kernel };
  const { batch, k, a, b } = kernel;
  const terms = k / parts;
  const { partStore, sum } = sumOfParts(
    { label: kernel.label, shape: kernelSpace(kernel), stores: kernel.stores },
    { parts, partAxis: batch.length, scratch },
  );
  const main: MatmulKernel = {
    ...kernel,
    batch: [...batch, parts],
    k: terms,
    a: withParts(a, a.columnStride * terms),
    b: withParts(b, b.rowStride * terms),
    stores: [partStore],
  };
  return { main, after: sum };
}

function withParts(operand: MatrixOperand, stride: number): MatrixOperand {
  return { ...operand, batchStrides: [...operand.batchStrides, stride] };
}

/** The most parts that the adapter can run at once, all of the same number of terms. */
function chooseParts(kernel: MatmulKernel, profile: AdapterProfile): number {
  const { k } = kernel;
  const { workgroups } = cooperativeTiling(kernel, cooperativeWorkgroup(kernel, profile));
  const most = Math.min(profile.cooperativeGroups / workgroups, k / LEAST_TERMS);
  for (let parts = Math.floor(most); parts > 1; parts--) {
    // Multiples of 4, so that the parts can be loaded as vec4s.
    if (k % (4 * parts) === 0) return parts;
  }
  return 1;
}
