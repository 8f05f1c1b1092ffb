import { DeviceError } from "../../../graph/errors.ts";
import type { LoopKernel } from "../../../graph/kernel.ts";
import { elementCount } from "../../../graph/types.ts";
import type { AdapterProfile } from "../../adapter_table.ts";
import { Printer } from "../../wgsl/printer.ts";
import { chooseWideAxis } from "../../wgsl/wide_axis.ts";
import type { KernelCode, ShaderContext } from "../kernel_code.ts";
import { bindPosition, type LoopSpan } from "./position.ts";
import { invocationLoop, tripsPerInvocation } from "./in_invocation.ts";
import { workgroupLoop } from "./in_workgroup.ts";
import { printPasses } from "./reduction_passes.ts";
import { checkStores, printStores } from "../stores.ts";

/**
 * Prints a loop nest. In an elementwise kernel, each invocation computes one outer position or four
 * adjacent ones. In a reduction, each outer position is computed by one invocation, or by a whole
 * workgroup if rows are long.
 */
export function printLoop(kernel: LoopKernel, context: ShaderContext): KernelCode {
  checkStores(kernel.label, [...kernel.outerStores, ...kernel.innerStores], context.access);
  const span = spanOf(kernel);
  const printer = new Printer(context.access, context.functions);
  const isReduction = kernel.reductions.length > 0 || kernel.innerStores.length > 0;
  const byWorkgroup = isReduction && usesWorkgroup(span, context);
  const workgroups = byWorkgroup ? span.count : Math.ceil(span.count / context.workgroupSize);
  if (byWorkgroup) printRowOfWorkgroup(printer, span, context);
  else printRowOfInvocation(printer, span, context);
  return { workgroups, text: printer.text };
}

/** Chooses the number of invocations per workgroup of a loop kernel. */
export function loopWorkgroupSize(kernel: LoopKernel, { loopWorkgroup }: AdapterProfile): number {
  const { most, least, groups } = loopWorkgroup;
  const { count } = spanOf(kernel);
  let size = most;
  while (size > least && count / size < groups) size /= 2;
  return size;
}

function spanOf(kernel: LoopKernel): LoopSpan {
  const wideAxis = chooseWideAxis(kernel);
  const rowsWide = wideAxis !== undefined && wideAxis < kernel.outer.length;
  return { kernel, wideAxis, count: elementCount(kernel.outer) / (rowsWide ? 4 : 1) };
}

function printRowOfInvocation(printer: Printer, span: LoopSpan, context: ShaderContext): void {
  const { workgroupSize } = context;
  const body = () => {
    bindPosition(printer, span, "outer", "id");
    printRow(printer, span, context, false);
  };
  printer.emit(`let id = group * ${workgroupSize} + lane;`);
  if (span.count % workgroupSize === 0) body();
  else printer.block(`if (id < ${span.count})`, body);
}

function printRowOfWorkgroup(printer: Printer, span: LoopSpan, context: ShaderContext): void {
  bindPosition(printer, span, "outer", "group");
  printRow(printer, span, context, true);
}

/** Prints the reductions and stores of one outer position. */
function printRow(
  printer: Printer,
  span: LoopSpan,
  context: ShaderContext,
  byWorkgroup: boolean,
): void {
  const { kernel, wideAxis } = span;
  const wideInner = wideAxis !== undefined && wideAxis >= kernel.outer.length;
  const wideOuter = wideAxis !== undefined && !wideInner;
  const loop = byWorkgroup ? workgroupLoop(printer, span, context) : invocationLoop(printer, span);
  printPasses(printer, span, { loop, byWorkgroup, context });
  if (kernel.innerStores.length > 0) {
    loop(kernel.innerStores.map(({ value }) => value), () =>
      printStores(printer, context.access, {
        stores: kernel.innerStores,
        wide: wideInner || wideOuter,
      }));
  }
  const once = () =>
    printStores(printer, context.access, { stores: kernel.outerStores, wide: wideOuter });
  if (kernel.outerStores.length === 0) return;
  if (!byWorkgroup) return once();
  // An outer store may overwrite data that inner stores of other invocations still read.
  if (kernel.innerStores.length > 0) printer.emit("storageBarrier();");
  printer.block("if (lane == 0)", once);
}

function usesWorkgroup(span: LoopSpan, { profile, workgroupSize }: ShaderContext): boolean {
  const { kernel, wideAxis } = span;
  const rowLength = elementCount(kernel.inner);
  const alongRow = wideAxis === undefined || wideAxis >= kernel.outer.length;
  if (alongRow && rowLength >= profile.workgroupRowFrom) return true;
  if (tripsPerInvocation(span, 1) <= profile.maxTrips) return false;
  const trips = tripsPerInvocation(span, workgroupSize);
  if (trips <= profile.maxTrips) return true;
  throw new DeviceError(
    `Cannot compile kernel "${kernel.label}": an invocation of this adapter makes at most ` +
      `${profile.maxTrips} loop trips: current number is ${trips} over inner axes [${
        kernel.inner.join(", ")
      }]`,
  );
}
