import type { ScatterKernel } from "../../../graph/kernel.ts";
import { keepsEmptyRows } from "../../../graph/kernels/empty_rows.ts";
import { elementCount } from "../../../graph/types.ts";
import type { AdapterProfile } from "../../adapter_profile.ts";
import { typeName } from "../../wgsl/literal.ts";
import { type Printed, Printer } from "../../wgsl/printer.ts";
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
    printer.bindAxis(1, "column", wide);
    const visited = `id / ${perRow}i`;
    const guard = printList(printer, kernel, { access, visited });
    const rest = () => {
      printSum(printer, scatter, { context, wide });
      printRow(printer, scatter, access, { row: "row", sum: { text: "sum", wide } });
    };
    if (guard) printer.block(`if (${guard})`, rest);
    else rest();
    if (kernel.visits === "terms") printOtherRows(printer, scatter, { context, visited, wide });
  });
  return { workgroups: Math.ceil(count / workgroupSize), text: printer.text };
}

/** Runs the stores of a row. */
function printRow(
  printer: Printer,
  { stores }: ScatterKernel,
  access: ShaderContext["access"],
  { row, sum }: { readonly row: string; readonly sum: Printed },
): void {
  printer.bindAxis(0, row);
  printer.bindResult(0, sum);
  printStores(printer, access, { stores, wide: sum.wide });
}

/**
 * Runs the stores of rows without terms, unless they change nothing. Each invocation has every nth
 * row. Of a row without terms, the lists hold no first term, but what was there before.
 */
function printOtherRows(
  printer: Printer,
  scatter: ScatterKernel,
  { context, visited, wide }: {
    readonly context: ShaderContext;
    readonly visited: string;
    readonly wide: boolean;
  },
): void {
  const { rows, terms, indices: lists } = scatter;
  const { access } = context;
  const keeps = keepsEmptyRows(scatter);
  if (keeps.op === "const") return;
  const load = (at: string) => access.load(lists, at, false);
  printer.block(`if (!${printer.print(keeps).text})`, () => {
    printer.block(`for (var other = ${visited}; other < ${rows}i; other += ${terms}i)`, () => {
      printer.emit(`let head = ${load("other")};`);
      const owner = load(`${rows + terms}i + head`);
      printer.block(`if (head < 0i || head >= ${terms}i || ${owner} != other)`, () => {
        // −1 or less: a sum that compilers know to be 0 would be one in 0 · ∞, too
        printer.emit("var term = ~(head & 0x7fffffff);");
        printSum(printer, scatter, { context, wide });
        printRow(printer, scatter, access, { row: "other", sum: { text: "sum", wide } });
      });
    });
  });
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
    const keeps = keepsEmptyRows(scatter);
    return keeps.op === "const" && keeps.value === 1 ? "term >= 0i" : undefined;
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
