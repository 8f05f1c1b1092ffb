import type { Combine, Reduction, Store } from "../../../graph/kernel.ts";
import { type Scalar, type ScalarType, visitScalars } from "../../../graph/scalar/mod.ts";
import { literal, typeName } from "../../wgsl/literal.ts";
import type { Printed, Printer } from "../../wgsl/printer.ts";
import type { ShaderContext } from "../kernel_code.ts";
import { printStores } from "../stores.ts";
import type { InnerLoop } from "./in_invocation.ts";
import type { LoopSpan } from "./position.ts";
import type { Sharing } from "./sharing.ts";

interface PassContext {
  readonly loop: InnerLoop;
  readonly context: ShaderContext;
  /** How several invocations share a row, if they do. */
  readonly sharing?: Sharing;
  /** The condition under which the row exists, unless it always does. */
  readonly inside?: string | undefined;
}

/** Reductions that share one loop, and the inner stores that need no result of it. */
interface Pass {
  readonly reductions: readonly Reduction[];
  /** The number of its first reduction. */
  readonly first: number;
  readonly stores: readonly Store[];
}

/**
 * Prints all reductions of a kernel. Reductions that do not depend on each other share one loop
 * over the inner positions. The last loop also runs the inner stores if none needs a result of it;
 * returns those that are left.
 */
export function printPasses(
  printer: Printer,
  span: LoopSpan,
  context: PassContext,
): readonly Store[] {
  const { reductions, innerStores } = span.kernel;
  const groups = groupPasses(reductions);
  const last = reductions.length - (groups.at(-1)?.length ?? 0);
  // all or none, because a store may overwrite what another one loads
  const areEarly = groups.length > 0 &&
    innerStores.every(({ value }) => latestResult(value) < last);
  let first = 0;
  for (const reductions of groups) {
    const stores = areEarly && first === last ? innerStores : [];
    printPass(printer, span, context, { reductions, first, stores });
    first += reductions.length;
  }
  return areEarly ? [] : innerStores;
}

function printPass(
  printer: Printer,
  { kernel, wideAxis }: LoopSpan,
  { loop, context, sharing, inside }: PassContext,
  { reductions, first, stores }: Pass,
): void {
  const wide = wideAxis !== undefined;
  const isHorizontal = wide && wideAxis >= kernel.outer.length;
  const sums = reductions.map(({ combine, value: { type } }) => {
    const name = printer.name("sum");
    const start = identity(combine, type, context);
    const full = wide ? `${typeName(type, true)}(${start})` : start;
    printer.emit(`var ${name} = ${full};`);
    return { name, combine, type };
  });
  loop([...reductions, ...stores].map(({ value }) => value), () => {
    const values = reductions.map(({ value }) =>
      wide ? printer.printWide(value) : printer.print(value)
    );
    sums.forEach(({ name, combine, type }, i) => {
      const text = combineText(context, { combine, type, wide }, name, values[i]?.text ?? "");
      printer.emit(`${name} = ${text};`);
    });
    printStores(printer, context.access, { stores, wide, ...(inside && { guard: inside }) });
  });
  sums.forEach(({ name, combine, type }, i) => {
    let result: Printed = { text: name, wide };
    if (isHorizontal) result = horizontal(printer, context, { name, combine, type });
    if (sharing) result = acrossSharers(printer, context, { sharing, result, combine, type });
    printer.bindResult(first + i, result);
  });
}

/**
 * Groups successive reductions. A new group starts where one needs a result of the current group.
 */
function groupPasses(reductions: readonly Reduction[]): Reduction[][] {
  const passes: Reduction[][] = [];
  let start = 0;
  reductions.forEach((reduction, i) => {
    const current = passes.at(-1);
    if (current && latestResult(reduction.value) < start) return current.push(reduction);
    start = i;
    passes.push([reduction]);
  });
  return passes;
}

function latestResult(scalar: Scalar): number {
  let latest = -1;
  visitScalars([scalar], (part) => {
    if (part.op === "result") latest = Math.max(latest, part.result);
  });
  return latest;
}

interface Sum {
  readonly name: string;
  readonly combine: Combine;
  readonly type: ScalarType;
}

/** Combines the four components of a wide accumulator. */
function horizontal(printer: Printer, context: ShaderContext, sum: Sum): Printed {
  const { name, combine, type } = sum;
  const how = { combine, type, wide: false };
  const left = combineText(context, how, `${name}.x`, `${name}.y`);
  const right = combineText(context, how, `${name}.z`, `${name}.w`);
  const text = printer.define("r", combineText(context, how, `(${left})`, `(${right})`));
  return { text, wide: false };
}

interface Accumulator {
  readonly sharing: Sharing;
  readonly result: Printed;
  readonly combine: Combine;
  readonly type: ScalarType;
}

/** Combines the accumulators of the invocations that share a row, as a tree. */
function acrossSharers(
  printer: Printer,
  context: ShaderContext,
  { sharing, result, combine, type }: Accumulator,
): Printed {
  const { rows, sharers, alongRows } = sharing;
  const element = typeName(type === "bool" ? "u32" : type, result.wide);
  const scratch = `scratch_${element}`;
  context.workgroupArrays.set(scratch, { element, length: context.workgroupSize });
  printer.emit(`${scratch}[lane] = ${result.text};`);
  printer.emit("workgroupBarrier();");
  const distance = alongRows ? 1 : rows;
  for (let width = sharers / 2; width >= 1; width /= 2) {
    const [here, there] = [`${scratch}[lane]`, `${scratch}[lane + ${width * distance}]`];
    const text = combineText(context, { combine, type, wide: result.wide }, here, there);
    printer.emit(`if (share < ${width}) { ${here} = ${text}; }`);
    printer.emit("workgroupBarrier();");
  }
  const text = printer.define("r", `${scratch}[lane - share * ${distance}]`);
  printer.emit("workgroupBarrier();");
  return { text, wide: result.wide };
}

interface How {
  readonly combine: Combine;
  readonly type: ScalarType;
  readonly wide: boolean;
}

function combineText({ functions }: ShaderContext, how: How, a: string, b: string): string {
  const { combine, type, wide } = how;
  if (combine === "sum") return `${a} + ${b}`;
  if (combine === "prod") return `${a} * ${b}`;
  if (type !== "f32") return `${combine}(${a}, ${b})`;
  return functions.call(combine === "max" ? "maximum" : "minimum", wide, `${a}, ${b}`);
}

/** The identity element: the result of an empty reduction. */
function identity(combine: Combine, type: ScalarType, { functions }: ShaderContext): string {
  if (combine === "sum") return literal(0, type);
  if (combine === "prod") return literal(1, type);
  if (type === "f32") {
    functions.call("special", false, "");
    return literal(combine === "max" ? -Infinity : Infinity, type);
  }
  const [least, most] = type === "i32" ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  return literal(combine === "max" ? least : most, type);
}
