import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { loadExperiments } from "../../reproduce/catalog.ts";
import { readSummary } from "../../reproduce/page/read_summary.ts";
import type { Comparison, Summary } from "../../reproduce/summary.ts";
import { resultsPage } from "../../reproduce/overview/main.ts";
import { inShort } from "../../reproduce/overview/in_short.ts";
import { type Verdict, verdictOn } from "../../reproduce/overview/verdicts.ts";

Deno.test("the page of results says what the results in its folder say", async () => {
  assertEquals(await Deno.readTextFile("docs/results/README.md"), await resultsPage());
});

Deno.test("published results do not name folders of the machine that computed them", async () => {
  for await (const { name, isDirectory } of Deno.readDir("docs/results")) {
    if (!isDirectory) continue;
    for (
      const line of (await Deno.readTextFile(`docs/results/${name}/results.jsonl`)).split("\n")
    ) {
      const { message } = JSON.parse(line || "{}");
      assert(!/(^|\s)(\/|[A-Z]:\\)\S/.test(message ?? ""), `${name}: ${message}`);
    }
  }
});

const experiments = await loadExperiments();
const sample = await readSummary("docs/results/fig4-laptop/summary.json");

/** A test of G-SGD in one setting, which counts if its p value is small. */
function tested(b: string, group: string, difference: number, p: number): Comparison {
  return {
    ...{ group, a: "G-SGD", b, metric: "test error", unit: "%", digits: 2, better: "lower" },
    ...{
      kind: "difference",
      n: 5,
      unpaired: 0,
      difference,
      low: difference - 1,
      high: difference + 1,
    },
    p,
  } as const;
}

function verdictFor(what: string, comparisons: readonly Comparison[]): Verdict {
  const summary: Summary = { ...sample, comparisons };
  return verdictOn(experiments.find((one) => one.what === what)!, summary);
}

function conclusionOf(what: string, comparisons: readonly Comparison[]): string {
  return verdictFor(what, comparisons).conclusion;
}

Deno.test("a verdict follows from the differences that count, whichever way they fall", () => {
  const [low, high] = [1e-4, 0.2];
  const cases: readonly (readonly [string, ...(readonly [number, number])[]])[] = [
    ["Supported", [-2, low], [-3, low]],
    ["Supported in part", [-2, low], [-3, high]],
    ["Not shown", [-2, high], [-3, high]],
    ["Contradicted", [2, low], [-3, high]],
    ["Contradicted in part", [2, low], [-3, low]],
  ];
  for (const [word, ...tests] of cases) {
    const comparisons = tests.map(([difference, p], i) => tested("SGD", `net ${i}`, difference, p));
    assertStringIncludes(conclusionOf("table1", comparisons), `**${word}.**`);
    // what is known of the control does not change what is known of the claim
    const control = tested("SGD, skeleton 1", "net 0", 5, low);
    const text = conclusionOf("table1", [...comparisons, control]);
    assertStringIncludes(text, `**${word}.**`);
    assertStringIncludes(text, "initial weights, G-SGD is worse in test error (1 of 1 settings).");
  }
});

Deno.test("where G-SGD differs from SGD, the verdict says whether the initial weights alone do it", () => {
  const skeleton = (group: string, difference: number, p: number) => ({
    ...tested("SGD", group, difference, p),
    a: "SGD, skeleton 1",
  });
  const start = "With the initial weights of G-SGD, SGD is";
  const worse = [tested("SGD", "a", 2, 1e-4), tested("SGD", "b", 3, 1e-4)];
  assertStringIncludes(
    conclusionOf("table1", [...worse, skeleton("a", 2, 1e-4), skeleton("b", 3, 0.2)]),
    `${start} worse in the same settings, too: in test error (1 of 2).`,
  );
  for (const other of [skeleton("a", -2, 1e-4), skeleton("c", 2, 1e-4), skeleton("a", 2, 0.2)]) {
    assertStringIncludes(
      conclusionOf("table1", [...worse, other]),
      `${start} not shown to be worse in the same settings.`,
    );
  }
  const open = conclusionOf("table1", [tested("SGD", "a", 2, 0.2), skeleton("a", 2, 1e-4)]);
  assert(!open.includes(start), open);
  assert(!conclusionOf("table1", worse).includes(start));
});

Deno.test("a claim that one of several metrics supports says which one", () => {
  const loss = { ...tested("SGD", "net", -2, 1e-4), metric: "train loss" };
  const error = tested("SGD", "net", -2, 0.2);
  assertStringIncludes(
    conclusionOf("table1", [loss, error]),
    "**Supported in part, in train loss only.**",
  );
  const both = conclusionOf("table1", [
    loss,
    { ...error, group: "other" },
    tested("SGD", "net", -2, 1e-4),
  ]);
  assertStringIncludes(both, "**Supported in part.**");
});

Deno.test("a setting that cannot be tested is not one in which no difference counts", () => {
  const diverged = { ...tested("SGD", "net 2", 0, 1), n: 0, unpaired: 5 };
  const none = { ...diverged, difference: null, low: null, high: null, p: null };
  const sentence = (comparisons: readonly Comparison[]) =>
    verdictFor("table1", comparisons).evidence[0];
  assertEquals(
    sentence([tested("SGD", "net 1", -2, 0.2), none]),
    "G-SGD against SGD. Test error: no difference counts in 1, 1 cannot be tested, mean −2.00 points.",
  );
  assertEquals(sentence([none]), "G-SGD against SGD. Test error: 1 cannot be tested.");
});

Deno.test("the claim of a page with Path-SGD is about Path-SGD", () => {
  const text = conclusionOf("fig5", [
    tested("SGD", "", -2, 1e-4),
    tested("Path-SGD", "", 2, 1e-4),
  ]);
  assertStringIncludes(
    text,
    "**Contradicted.** Compared with Path-SGD, as in the paper, G-SGD is worse",
  );
});

Deno.test("signs that make a difference contradict the paper", () => {
  assertStringIncludes(
    conclusionOf("signs", [tested("any", "", 1, 0.06)]),
    "**Not contradicted.**",
  );
  assertStringIncludes(
    conclusionOf("signs", [tested("any", "", 1, 0.001)]),
    "**Contradicted.** 1 of 1",
  );
});

Deno.test("the short answers add up all pages, whichever way they fall", () => {
  const items = ["table1", "fig4"].map((what, i) => ({
    name: what,
    experiment: experiments.find((one) => one.what === what)!,
    folder: null,
    result: {
      ...sample,
      comparisons: [
        tested("SGD", "a", i === 0 ? 2 : -4, 1e-4),
        tested("SGD", "b", -1, 0.03),
        tested("SGD", "c", -1, 0.2),
      ],
    },
  }));
  const [sentence, usual, ...rest] = inShort(items);
  assertStringIncludes(
    sentence!,
    "it has a lower test error than SGD from its usual initial weights in 1 of 6 settings, and a " +
      "higher one in 1.",
  );
  assertStringIncludes(
    usual!,
    "(table1, fig4):\n  - test error: of 6 settings better in 1 (fig4, a), worse in 1 (table1, a), " +
      "not shown in 4 (without the correction, 2 better), mean −1.00 points (−4.00 to +2.00 points).\n" +
      "  - how sure: the 95 % intervals of the differences in test error reach 1.00 to 1.00 points to each side, half " +
      "of them at most 1.00; smaller",
  );
  assertEquals(rest, []); // nothing is said of what was not compared
});
