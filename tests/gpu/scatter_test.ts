import { assert, assertEquals } from "@std/assert";
import { type AdapterClass, adapterClasses } from "../../gpu/adapter_class.ts";
import { adapterTable } from "../../gpu/adapter_table.ts";
import { type Launch, printLaunches } from "../../gpu/launch.ts";
import { stagePlan } from "../../gpu/stages.ts";
import { s, type Scalar, type ScatterKernel } from "../../graph/mod.ts";
import { externalPlan, position, tableOf, zeros } from "./_plans.ts";

const [columns, terms] = [64, 512];

/** The launches of a sum of 512 rows, which is stored, or added to a table in place. */
function launchesOf(rows: number, adapterClass: AdapterClass, rate?: Scalar): Launch[] {
  const index = position([rows, columns], [0, 1]);
  const sum = s.result(0, "f32");
  const value = rate ? s.add(s.load(2, "f32", index), s.mul(sum, rate)) : sum;
  const kernel: ScatterKernel = {
    kind: "scatter",
    label: "scatter",
    combine: "sum",
    type: "f32",
    rows,
    columns,
    terms,
    source: 0,
    indices: 1,
    stores: [{ slot: 2, index, value }],
  };
  const tableType = { dtype: "f32", shape: [rows, columns] } as const;
  const types = [
    zeros("f32", [terms, columns]),
    zeros("i32", [terms]),
    { type: tableType, data: new Float32Array() }, // nothing runs
    zeros("f32", []),
  ];
  const table = tableOf(adapterTable[adapterClass]);
  const { slots, dispatches } = stagePlan(externalPlan([[kernel]], types), table);
  const limits = { maxSlots: 8, maxWorkgroupBytes: 16_384 };
  return dispatches.flatMap((dispatch) => printLaunches(dispatch, { slots, table, ...limits }));
}

/** Invocations of the launches, by the kind of their kernel. */
function invocationsOf(launches: readonly Launch[]): Record<string, number> {
  return Object.fromEntries(launches.map(({ parts, workgroups: [x, y], workgroupSize }) => {
    assertEquals(parts.length, 1);
    return [parts[0]!.kernel.kind, x * y * workgroupSize];
  }));
}

const rates = { constant: s.const(-0.1), computed: s.load(3, "f32", s.int(0)) };

for (const adapterClass of adapterClasses) {
  for (const [kind, rate] of Object.entries(rates)) {
    Deno.test(`rows that no term names cost nothing at a ${kind} rate (${adapterClass} kernels)`, () => {
      const counts = [5000, 50_000, 500_000].map((rows) => {
        const { scatterSums, scatterLists } = invocationsOf(launchesOf(rows, adapterClass, rate));
        assert(scatterLists! <= 3 * adapterTable[adapterClass].parallelInvocations);
        return scatterSums;
      });
      assertEquals(counts, Array(3).fill(terms * columns / 4));
      // with fewer rows than terms, rows are fewer to visit
      assertEquals(invocationsOf(launchesOf(100, adapterClass, rate)).scatterSums, 1600);
    });
  }

  Deno.test(`a sum that is stored has a value in every row (${adapterClass} kernels)`, () => {
    assertEquals(invocationsOf(launchesOf(5000, adapterClass)).scatterSums, 80_000);
  });
}
