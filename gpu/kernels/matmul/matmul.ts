import { DeviceError } from "../../../graph/errors.ts";
import type { MatmulKernel } from "../../../graph/kernel.ts";
import { elementCount } from "../../../graph/types.ts";
import { Printer } from "../../wgsl/printer.ts";
import type { KernelCode, ShaderContext } from "../kernel_code.ts";
import { printEpilogue } from "./epilogue.ts";
import { operandForm } from "./operand.ts";
import { printRegisterProduct } from "./register.ts";
import { bindTile, chooseTile, loopTrips, type MatmulTiling, tilingOf } from "./tile.ts";
import { printWorkgroupProduct } from "./workgroup.ts";
import { checkStores } from "../stores.ts";

/** Workgroup size of the variant that uses workgroup memory. */
const WORKGROUP_TILE = 64;

/**
 * Prints a matrix product. Each invocation computes a register block of the result. Large products
 * on hardware adapters stage their operands in workgroup memory.
 */
export function printMatmul(kernel: MatmulKernel, context: ShaderContext): KernelCode {
  checkStores(kernel.label, kernel.stores, context.access);
  const cooperative = isCooperative(kernel, context);
  const tiling = cooperative
    ? tilingOf(kernel, { rows: 8, columns: 8 }, { workgroupSize: WORKGROUP_TILE, width: 8 })
    : chooseTile(kernel, context);
  checkTrips(kernel, tiling, context);
  const printer = new Printer(context.access, context.functions);
  const forms = { a: operandForm(kernel, "a"), b: operandForm(kernel, "b") };
  const place = bindTile(printer, kernel, tiling);
  if (cooperative) {
    printWorkgroupProduct(printer, { kernel, tiling, place, forms, context });
    printEpilogue(printer, { kernel, tiling, place, context });
  } else {
    const body = () => {
      printRegisterProduct(printer, { kernel, tiling, place, forms, context });
      printEpilogue(printer, { kernel, tiling, place, context });
    };
    if (place.inside === undefined) body();
    else printer.block(`if (${place.inside})`, body);
  }
  return { workgroups: tiling.workgroups, text: printer.text };
}

function multiplyAdds({ batch, m, n, k }: MatmulKernel): number {
  return elementCount(batch) * m * n * k;
}

/** Whether to stage operands in workgroup memory. Requires the workgroup size of that variant. */
function isCooperative(kernel: MatmulKernel, { profile, workgroupSize }: ShaderContext): boolean {
  return workgroupSize === WORKGROUP_TILE && multiplyAdds(kernel) >= profile.workgroupMemoryFrom;
}

function checkTrips(kernel: MatmulKernel, tiling: MatmulTiling, context: ShaderContext): void {
  const { label, k } = kernel;
  const trips = loopTrips(kernel, tiling);
  if (trips <= context.profile.maxTrips) return;
  throw new DeviceError(
    `Cannot compile kernel "${label}": an invocation of this adapter makes at most ` +
      `${context.profile.maxTrips} loop trips: current number is ${trips} for k = ${k}`,
  );
}
