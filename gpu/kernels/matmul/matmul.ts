import type { MatmulKernel } from "../../../graph/kernel.ts";
import type { AdapterProfile } from "../../adapter_profile.ts";
import { Printer } from "../../wgsl/printer.ts";
import { checkTrips } from "../check_trips.ts";
import type { KernelCode, ShaderContext } from "../kernel_code.ts";
import { printEpilogue } from "./epilogue.ts";
import { operandForm } from "./operand.ts";
import { allAccumulators, type ProductParts } from "./accumulators.ts";
import { printRegisterProduct } from "./register.ts";
import { cooperativeTiling, cooperativeWorkgroup, isCooperative } from "./cooperative.ts";
import { bindTile, chooseTile, loopTrips } from "./tile.ts";
import { printWorkgroupProduct } from "./workgroup.ts";
import { printSharedSums } from "../shared_sums.ts";
import { checkStores } from "../stores.ts";

/** Bytes of workgroup memory for sums that are shared. */
const SHARED_BYTES = 6144;

/**
 * Prints a matrix product. Each invocation computes a register block of the result. Large products
 * on hardware adapters stage their operands in workgroup memory.
 */
export function printMatmul(kernel: MatmulKernel, context: ShaderContext): KernelCode {
  checkStores(kernel.label, kernel.stores, context.access);
  const { profile, workgroupSize } = context;
  const cooperative = isCooperative(kernel, profile) &&
    profile.cooperativeWorkgroups.includes(workgroupSize);
  const tiling = cooperative
    ? cooperativeTiling(kernel, workgroupSize)
    : chooseTile(kernel, context);
  const trips = loopTrips(kernel, tiling);
  checkTrips(kernel, { trips, place: ` for k = ${kernel.k}`, profile });
  const printer = new Printer(context.access, context.functions);
  const forms = { a: operandForm(kernel, "a"), b: operandForm(kernel, "b") };
  const place = bindTile(printer, kernel, tiling);
  if (cooperative) {
    printWorkgroupProduct(printer, { kernel, tiling, place, forms, context });
    printEpilogue(printer, { kernel, tiling, place, context });
  } else {
    printInRegisters(printer, { kernel, tiling, place, forms, context });
  }
  return { workgroups: tiling.workgroups, text: printer.text };
}

function printInRegisters(printer: Printer, parts: ProductParts): void {
  const { tiling, place: { inside }, context } = parts;
  const guarded = (test: string | undefined, body: () => void) =>
    test === undefined ? body() : printer.block(`if (${test})`, body);
  if (tiling.sharers === 1) {
    return guarded(inside, () => {
      printRegisterProduct(printer, parts);
      printEpilogue(printer, parts);
    });
  }
  // All invocations reach the barriers. Those outside of the result add up what they can load.
  printRegisterProduct(printer, parts);
  printSharedSums(printer, context, {
    // also an array of weight gradients, which are often in the same launch
    array: "tileA",
    bytes: SHARED_BYTES,
    names: allAccumulators(tiling),
    sharers: tiling.sharers,
    perSharer: tiling.width * tiling.height,
  });
  const first = "share == 0i";
  guarded(
    inside === undefined ? first : `${first} && ${inside}`,
    () => printEpilogue(printer, parts),
  );
}

/**
 * Chooses the number of invocations per workgroup of a product.
 * @param alone whether it has a launch to itself
 */
export function matmulWorkgroupSize(
  kernel: MatmulKernel,
  profile: AdapterProfile,
  alone: boolean,
): number {
  return alone && isCooperative(kernel, profile)
    ? cooperativeWorkgroup(kernel, profile)
    : profile.matmulWorkgroup;
}

/** Counts the invocations of a product that has a launch to itself. */
export function matmulInvocations(kernel: MatmulKernel, profile: AdapterProfile): number {
  const workgroupSize = matmulWorkgroupSize(kernel, profile, true);
  const tiling = isCooperative(kernel, profile)
    ? cooperativeTiling(kernel, workgroupSize)
    : chooseTile(kernel, { profile, workgroupSize });
  return tiling.workgroups * workgroupSize;
}
