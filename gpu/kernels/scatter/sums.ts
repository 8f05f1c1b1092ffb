import { type ScatterKernel, skipsEmptyRows } from "../../../graph/kernel.ts";
import { elementCount } from "../../../graph/types.ts";
import type { AdapterProfile } from "../../adapter_profile.ts";
import { typeName } from "../../wgsl/literal.ts";
import { Printer } from "../../wgsl/printer.ts";
import { chooseWideAxis } from "../../wgsl/wide_axis.ts";
import type { ScatterSumsKernel } from "../gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "../kernel_code.ts";
import { loopWorkgroupSize } from "../loops/loop.ts";
import { checkStores, printStores } from "../stores.ts";

/** Most terms whose sum has a single level, and the terms of a block of a longer sum. */
const LONG_SUM = 8192;
const BLOCK = 1024;

/** The stores, without the sums: a loop over the columns of each row or term. */
function storesOf({ scatter: { label, rows, columns, terms, stores }, visits }: ScatterSumsKernel) {
  return {
    kind: "loop",
    label,
    outer: [visits === "rows" ? rows : terms, columns],
    inner: [],
    reductions: [],
    outerStores: stores,
    innerStores: [],
  } as const;
}

/** Invocations per workgroup. */
export function scatterSumsWorkgroupSize(
  kernel: ScatterSumsKernel,
  profile: AdapterProfile,
): number {
  return loopWorkgroupSize(storesOf(kernel), profile, false);
}

/** Counts the invocations: one for each column, or four, of each row or term. */
export function scatterSumsInvocations(kernel: ScatterSumsKernel): number {
  return elementCount(storesOf(kernel).outer) / (isWide(kernel) ? 4 : 1);
}

function isWide(kernel: ScatterSumsKernel): boolean {
  return chooseWideAxis(storesOf(kernel)) === 1;
}

/**
 * Prints the sums of a scatter. An invocation follows the list of a row for one column, or four,
 * and runs the stores. If it visits a term, it does so only if that term is the first of its row.
 */
export function printScatterSums(kernel: ScatterSumsKernel, context: ShaderContext): KernelCode {
  const { scatter } = kernel;
  const { access, functions, workgroupSize } = context;
  checkStores(scatter.label, scatter.stores, access);
  const printer = new Printer(access, functions);
  const wide = isWide(kernel);
  const perRow = scatter.columns / (wide ? 4 : 1);
  const count = scatterSumsInvocations(kernel);
  printer.emit(`let id = group * ${workgroupSize}i + lane;`);
  printer.block(`if (id < ${count}i)`, () => {
    printer.emit(`let column = id % ${perRow}i${wide ? " * 4i" : ""};`);
    const guard = printList(printer, kernel, { access, visited: `id / ${perRow}i` });
    const rest = () => {
      printSum(printer, scatter, { context, wide });
      printer.bindAxis(0, "row");
      printer.bindAxis(1, "column", wide);
      printer.bindResult(0, { text: "sum", wide });
      printStores(printer, access, { stores: scatter.stores, wide });
    };
    if (guard) printer.block(`if (${guard})`, rest);
    else rest();
  });
  return { workgroups: Math.ceil(count / workgroupSize), text: printer.text };
}

/** Declares `row` and its first `term`. Returns the condition under which to sum and store. */
function printList(
  printer: Printer,
  { scatter, visits }: ScatterSumsKernel,
  { access, visited }: { readonly access: ShaderContext["access"]; readonly visited: string },
): string | undefined {
  const { rows, terms, indices: lists } = scatter;
  const load = (at: string) => access.load(lists, at, false);
  if (visits === "rows") {
    printer.emit(`let row = ${visited};\nvar term = ${load("row")};`);
    return skipsEmptyRows(scatter) ? "term >= 0i" : undefined;
  }
  printer.emit(`var term = ${visited};\nlet row = ${load(`${rows + terms}i + term`)};`);
  return `row >= 0i && row < ${rows}i && ${load("row")} == term`;
}

/** Declares `sum`. Rounding errors grow with the number of terms, so long sums have two levels. */
function printSum(
  printer: Printer,
  { terms, rows, columns, type, combine, source, indices }: ScatterKernel,
  { context: { access }, wide }: { readonly context: ShaderContext; readonly wide: boolean },
): void {
  const isLong = terms > LONG_SUM && type === "f32" && combine === "sum";
  const zero = `${typeName(type, wide)}(0)`;
  printer.emit(`var sum = ${zero};`);
  if (isLong) printer.emit(`var total = ${zero};\nvar count = 0i;`);
  printer.block("while (term >= 0i)", () => {
    const place = `term * ${columns}i + column`;
    const element = access.load(source, wide ? `(${place}) >> 2u` : place, wide);
    printer.emit(combine === "max" ? `sum = max(sum, ${element});` : `sum += ${element};`);
    printer.emit(`term = ${access.load(indices, `${rows}i + term`, false)};`);
    if (!isLong) return;
    printer.emit("count++;");
    printer.emit(`if (count % ${BLOCK}i == 0i) { total += sum; sum = ${zero}; }`);
  });
  if (isLong) printer.emit("sum += total;");
}
