import type { LoopKernel, Store } from "../../../graph/kernel.ts";
import { elementCount } from "../../../graph/types.ts";
import type { AdapterProfile } from "../../adapter_profile.ts";
import { Printer } from "../../wgsl/printer.ts";
import { chooseWideAxis } from "../../wgsl/wide_axis.ts";
import { checkTrips } from "../check_trips.ts";
import type { KernelCode, ShaderContext } from "../kernel_code.ts";
import { bindPosition, type LoopSpan } from "./position.ts";
import { type InnerLoop, invocationLoop, tripsPerInvocation } from "./in_invocation.ts";
import { printPasses } from "./reduction_passes.ts";
import {
  bindSharedRow,
  chooseSharing,
  sharedLoop,
  sharedWorkgroupSize,
  type Sharing,
} from "./sharing.ts";
import { checkStores, printStores } from "../stores.ts";

/**
 * Prints a loop nest. In an elementwise kernel, each invocation computes one outer position or four
 * adjacent ones. In a reduction, each of these rows is computed by one invocation, or by several of
 * a workgroup; see `Sharing`.
 */
export function printLoop(kernel: LoopKernel, context: ShaderContext): KernelCode {
  checkStores(kernel.label, [...kernel.outerStores, ...kernel.innerStores], context.access);
  const span = spanOf(kernel);
  const printer = new Printer(context.access, context.functions);
  const sharing = isReduction(kernel)
    ? chooseSharing(span, context.profile, context.workgroupSize)
    : undefined;
  if (sharing) {
    const trips = tripsPerInvocation(span, sharing.sharers);
    const place = ` over inner axes [${kernel.inner.join(", ")}]`;
    checkTrips(kernel, { trips, place, profile: context.profile });
  }
  if (sharing && sharing.sharers > 1) {
    printSharedRows(printer, span, { sharing, context });
    return { workgroups: Math.ceil(span.count / sharing.rows), text: printer.text };
  }
  printRowOfInvocation(printer, span, context);
  return { workgroups: Math.ceil(span.count / context.workgroupSize), text: printer.text };
}

/**
 * Chooses the number of invocations per workgroup of a loop kernel.
 * @param onlyLoops whether it shares its launch with loop kernels only
 */
export function loopWorkgroupSize(
  kernel: LoopKernel,
  profile: AdapterProfile,
  onlyLoops: boolean,
): number {
  const span = spanOf(kernel);
  const shared = onlyLoops && isReduction(kernel) ? sharedWorkgroupSize(span, profile) : undefined;
  if (shared !== undefined) return shared;
  const { most, least, groups } = profile.loopWorkgroup;
  let size = most;
  while (size > least && span.count / size < groups) size /= 2;
  return size;
}

/** Counts the invocations of a loop kernel. */
export function loopInvocations(kernel: LoopKernel, profile: AdapterProfile): number {
  const span = spanOf(kernel);
  if (!isReduction(kernel)) return span.count;
  return span.count * chooseSharing(span, profile, profile.reductionWorkgroup).sharers;
}

function isReduction({ reductions, innerStores }: LoopKernel): boolean {
  return reductions.length > 0 || innerStores.length > 0;
}

function spanOf(kernel: LoopKernel): LoopSpan {
  const wideAxis = chooseWideAxis(kernel);
  const rowsWide = wideAxis !== undefined && wideAxis < kernel.outer.length;
  return { kernel, wideAxis, count: elementCount(kernel.outer) / (rowsWide ? 4 : 1) };
}

/** Each invocation reduces whole rows. */
function printRowOfInvocation(printer: Printer, span: LoopSpan, context: ShaderContext): void {
  const { workgroupSize } = context;
  const body = () => {
    bindPosition(printer, span, "outer", "id");
    const loop = invocationLoop(printer, span);
    const stores = printPasses(printer, span, { loop, context });
    printInnerStores(printer, span, { loop, context, stores });
    printOuterStores(printer, span, context);
  };
  printer.emit(`let id = group * ${workgroupSize} + lane;`);
  if (span.count % workgroupSize === 0) body();
  else printer.block(`if (id < ${span.count})`, body);
}

interface SharedRows {
  readonly sharing: Sharing;
  readonly context: ShaderContext;
}

/** Several invocations reduce a row. Barriers need all of them, so only stores are guarded. */
function printSharedRows(printer: Printer, span: LoopSpan, { sharing, context }: SharedRows): void {
  const inside = bindSharedRow(printer, span, sharing);
  const loop = sharedLoop(printer, span, sharing);
  const stores = printPasses(printer, span, { loop, context, sharing, inside });
  if (stores.length > 0) {
    const print = () => printInnerStores(printer, span, { loop, context, stores });
    if (inside === undefined) print();
    else printer.block(`if (${inside})`, print);
  }
  if (span.kernel.outerStores.length === 0) return;
  // An outer store may overwrite data that inner stores of other invocations still read.
  if (span.kernel.innerStores.length > 0) printer.emit("storageBarrier();");
  const guard = inside === undefined ? "share == 0" : `share == 0 && ${inside}`;
  printer.block(`if (${guard})`, () => printOuterStores(printer, span, context));
}

function printInnerStores(
  printer: Printer,
  { wideAxis }: LoopSpan,
  { loop, context, stores }: {
    readonly loop: InnerLoop;
    readonly context: ShaderContext;
    readonly stores: readonly Store[];
  },
): void {
  if (stores.length === 0) return;
  loop(stores.map(({ value }) => value), () => {
    printStores(printer, context.access, { stores, wide: wideAxis !== undefined });
  });
}

function printOuterStores(printer: Printer, span: LoopSpan, { access }: ShaderContext): void {
  const { kernel: { outer, outerStores: stores }, wideAxis } = span;
  printStores(printer, access, { stores, wide: wideAxis !== undefined && wideAxis < outer.length });
}
