import type { ScatterKernel } from "../../../graph/kernel.ts";
import type { AdapterProfile } from "../../adapter_profile.ts";
import type { ScatterListsKernel } from "../gpu_kernel.ts";
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
export function listsTrips(kernel: ScatterKernel, profile: AdapterProfile): number {
  return rowsOf(kernel, profile) + kernel.terms;
}

function rowsOf({ rows }: ScatterKernel, { parallelInvocations }: AdapterProfile): number {
  return Math.ceil(rows / (RANGES * parallelInvocations));
}

/**
 * Prints the lists of a scatter: the first term of each row, and then the successor of each term;
 * −1 ends a list. An invocation looks through all indices, backward, for those of its own rows, so
 * each list ascends, whatever the timing.
 */
export function printScatterLists(
  { scatter }: ScatterListsKernel,
  { profile, workgroupSize, access, functions }: ShaderContext,
): KernelCode {
  const { rows, terms, indices, stores } = scatter;
  const lists = stores[0]!.slot;
  const printer = new Printer(access, functions);
  const each = rowsOf(scatter, profile);
  const count = Math.ceil(rows / each);
  const store = (at: string, text: string) => access.store(lists, at, { text, wide: false });
  printer.emit(`let first = (group * ${workgroupSize}i + lane) * ${each}i;`);
  printer.emit(`let end = min(first + ${each}i, ${rows}i);`);
  printer.emit(`for (var row = first; row < end; row++) { ${store("row", "-1i")} }`);
  printer.block(`for (var last = ${terms - 1}i; last >= 0; last -= ${INDICES}i)`, () => {
    const at = (i: number) => `last - ${i}i`;
    for (const i of range(INDICES)) {
      printer.emit(`let row${i} = ${access.load(indices, `max(${at(i)}, 0i)`, false)};`);
    }
    for (const i of range(INDICES)) {
      const term = i === 0 ? "" : ` && ${at(i)} >= 0`;
      printer.block(`if (row${i} >= first && row${i} < end${term})`, () => {
        const head = access.load(lists, `row${i}`, false);
        printer.emit(store(`${rows}i + ${at(i)}`, head));
        printer.emit(store(`row${i}`, at(i)));
      });
    }
  });
  return { workgroups: Math.ceil(count / workgroupSize), text: printer.text };
}
