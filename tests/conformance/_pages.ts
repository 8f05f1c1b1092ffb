/** Tests of the conformance tables on pages of Chromium. */
import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { openCpu } from "../../cpu/mod.ts";
import { temporaryFolder } from "../cli/command.ts";
import { answerOf, findChromiumWithGpu, isolation } from "../portable/_browsers.ts";
import { bundleInto } from "../portable/_bundle.ts";
import type { Answer } from "./answer.ts";
import type { CpuAnswer } from "./cpu_page.ts";
import type { GpuAnswer } from "./gpu_page.ts";
import { differences, failures, type Outcome, runTable } from "./recording.ts";
import { cpuTables, type gpuTables } from "./table.ts";

const chromium = await findChromiumWithGpu();
if (!chromium) console.error("NOTE: no Chromium was found: the conformance tables run on no page");

/** What a page of a program in this folder answers. */
async function pageAnswer<T>(
  program: string,
  request: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  await using folder = await temporaryFolder();
  const files = { "/page.js": await bundleInto(folder.path, `tests/conformance/${program}`) };
  const search = `?${new URLSearchParams(request)}`;
  const answer = await answerOf<Answer<T>>(chromium!, files, headers, search);
  assertEquals(answer.error, undefined);
  return answer;
}

async function cpuInDeno(
  table: keyof typeof cpuTables,
  relaxedSimd: boolean,
): Promise<readonly Outcome[]> {
  using cpu = openCpu({ threads: 1, relaxedSimd });
  const outcomes = await runTable(cpuTables[table], cpu);
  assertEquals(failures(outcomes), []);
  return outcomes;
}

/** A test that plain and isolated pages compute a table bit for bit as Deno does. */
export function cpuPageTest(table: keyof typeof cpuTables): void {
  Deno.test({
    name: `pages compute the table on the CPU bit for bit as Deno (${table})`,
    ignore: chromium === undefined,
    async fn() {
      const onPage = (headers = {}) => pageAnswer<CpuAnswer>("cpu_page.ts", { table }, headers);
      const [plain, fused] = await Promise.all([onPage(), cpuInDeno(table, true)]);
      // An old browser has no fused multiply-add.
      const expected = plain.relaxedSimd ? fused : await cpuInDeno(table, false);
      const isolated = await onPage(isolation);
      for (const { outcomes, description } of [plain, isolated]) {
        assertEquals(failures(outcomes), [], description);
        assertEquals(differences(outcomes, expected), [], description);
      }
      assertStringIncludes(plain.description, "1 thread (no shared memory)");
      assertEquals(isolated.threads, 2);
    },
  });
}

/** A test that a page computes a table on SwiftShader, within the tolerances of other adapters. */
export function gpuPageTest(
  table: keyof typeof gpuTables,
  request: { readonly limits?: "default"; readonly class?: "other" } = {},
): void {
  const options = Object.entries(request).map(([name, value]) => `, ${value} ${name}`).join("");
  Deno.test({
    name: `a page computes the table on SwiftShader (${table}${options})`,
    ignore: chromium === undefined,
    async fn() {
      const answer = await pageAnswer<GpuAnswer>("gpu_page.ts", { table, ...request });
      assertEquals(failures(answer.outcomes), []);
      assertGreater(answer.outcomes.length, 0);
      assertGreater(answer.modules, 0);
      assertEquals(answer.messages, []);
      assertStringIncludes(answer.description, "swiftshader");
      if (request.limits === "default") assertEquals(answer.slotsPerDispatch, 8);
    },
  });
}
