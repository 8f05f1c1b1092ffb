import type { ScatterKernel } from "../../../graph/kernel.ts";
import type { AdapterProfile } from "../../adapter_profile.ts";
import type { ScatterListsKernel, ScatterVisits } from "../gpu_kernel.ts";
import type { KernelCode, ShaderContext } from "../kernel_code.ts";
import { range } from "../range.ts";
import { Printer } from "../../wgsl/printer.ts";

/** Indices that an invocation loads at a time. */
const INDICES = 8;
/** Ranges of rows for each invocation that keeps the adapter busy. */
const RANGES = 2;

/** Invocations per workgroup. */
export function scatterListsWorkgroupSize(_: ScatterListsKernel, profile: AdapterProfile): number {
  return profile.loopWorkgroup.least;
}

/** Counts the invocations: each has a range of rows. */
export function scatterListsInvocations(
  { scatter }: ScatterListsKernel,
  profile: AdapterProfile,
): number {
  return Math.ceil(scatter.rows / rowsOf(scatter, profile));
}

/** The most loop trips of an invocation of either stage. */
export function listsTrips(
  kernel: ScatterKernel,
  visits: ScatterVisits,
  profile: AdapterProfile,
): number {
  return visits === "rows" ? rowsOf(kernel, profile) + kernel.terms : kernel.terms;
}

function rowsOf({ rows }: ScatterKernel, { parallelInvocations }: AdapterProfile): number {
  return Math.ceil(rows / (RANGES * parallelInvocations));
}

/**
 * The lists, i32: the first term of each row, the successor of each term, and, if the sums visit
 * terms, the row of each term. −1 ends a list. Rows that are not visited have no first term.
 */
export function listsLength({ rows, terms }: ScatterKernel, visits: ScatterVisits): number {
  return rows + (visits === "rows" ? 1 : 2) * terms;
}

/**
 * Prints the lists of a scatter; see `listsLength`. An invocation looks through all indices,
 * backward, for those of its own rows, so each list ascends, whatever the timing.
 */
export function printScatterLists(
  { scatter, visits }: ScatterListsKernel,
  { profile, workgroupSize, access, functions }: ShaderContext,
): KernelCode {
  const { rows, terms, indices, stores } = scatter;
  const lists = stores[0]!.slot;
  const printer = new Printer(access, functions);
  const each = rowsOf(scatter, profile);
  const workgroups = Math.ceil(Math.ceil(rows / each) / workgroupSize);
  const store = (at: string, text: string) => access.store(lists, at, { text, wide: false });
  printer.emit(`let id = group * ${workgroupSize}i + lane;`);
  printer.emit(`let first = id * ${each}i;`);
  printer.emit(`let end = min(first + ${each}i, ${rows}i);`);
  if (visits === "rows") {
    printer.emit(`for (var row = first; row < end; row++) { ${store("row", "-1i")} }`);
  } else {
    const places = `var term = id; term < ${terms}i; term += ${workgroups * workgroupSize}i`;
    const row = access.load(indices, "term", false);
    printer.emit(`for (${places}) { ${store(`${rows + terms}i + term`, row)} }`);
    printOwnTerms(printer, scatter, access, (_, row) => printer.emit(store(row, "-1i")));
  }
  printOwnTerms(printer, scatter, access, (term, row) => {
    printer.emit(store(`${rows}i + ${term}`, access.load(lists, row, false)));
    printer.emit(store(row, term));
  });
  return { workgroups, text: printer.text };
}

/** Prints a loop over the terms of rows from `first` to `end`, from the last term to the first. */
function printOwnTerms(
  printer: Printer,
  { terms, indices }: ScatterKernel,
  access: ShaderContext["access"],
  body: (term: string, row: string) => void,
): void {
  printer.block(`for (var last = ${terms - 1}i; last >= 0; last -= ${INDICES}i)`, () => {
    const at = (i: number) => `last - ${i}i`;
    for (const i of range(INDICES)) {
      printer.emit(`let row${i} = ${access.load(indices, `max(${at(i)}, 0i)`, false)};`);
    }
    for (const i of range(INDICES)) {
      const term = i === 0 ? "" : ` && ${at(i)} >= 0`;
      printer.block(`if (row${i} >= first && row${i} < end${term})`, () => body(at(i), `row${i}`));
    }
  });
}
