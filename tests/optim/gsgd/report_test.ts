import { assertEquals } from "@std/assert";
import { formatReason, type GsgdReport, planGsgd } from "../../../optim/gsgd/mod.ts";
import { graphCases } from "./graphs.ts";

for (const { graph, network, options, counts, classes, segments } of graphCases) {
  const suffix = counts.join(" / ");
  Deno.test(`the pass finds H / free / trained = ${suffix} in: ${graph}`, () => {
    const { report } = planGsgd(network.graph, options);
    const free = report.parameters.reduce((sum, parameter) => sum + parameter.free, 0);
    assertEquals([report.nodes, free, report.trained], [...counts]);
    const found = classesOf(report);
    for (const [name, is] of Object.entries(classes)) assertEquals(found[name], is, name);
    if (segments !== undefined) assertEquals(report.segments.length, segments);
  });
}

function classesOf({ parameters }: GsgdReport): Record<string, string> {
  return Object.fromEntries(
    parameters.map(({ name, class: is, reason }) => [
      name,
      is === "outside" && reason ? `outside: ${formatReason(reason)}` : is,
    ]),
  );
}
