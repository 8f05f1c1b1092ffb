import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RunPoint } from "../../reproduce/expand.ts";
import { experimentSchema } from "../../reproduce/experiment.ts";
import { experiment, spec, summaryOf } from "./_made_up.ts";

Deno.test("the verdict on invariance counts every pair and attributes only small differences to rounding", () => {
  const scale = {
    ...spec,
    axes: { scaling: { none: {}, exact: {}, any: {}, digit: {} } },
    insteadOf: {},
  };
  const twins = experimentSchema.parse({
    ...JSON.parse(JSON.stringify(experiment)),
    verdict: "invariance",
    paper: [],
    comparisons: [],
    twins: { axis: "scaling", reference: "none", control: "digit" },
    tables: [{ title: "Twins", columns: [{ metric: "pathDifference" }] }],
    figures: [{
      name: "twins",
      title: "Twins",
      caption: "",
      columns: 1,
      panels: [{ title: "", x: "scaling", y: "pathDifference" }],
    }],
    scales: { smoke: scale, laptop: scale, paper: scale },
  });
  /** The verdict if pairs are apart by this; twins that are rescaled exactly by `exact`. */
  const verdictOf = (apartOf: (point: RunPoint) => number | null) =>
    summaryOf(
      (point, result) =>
        point.axes.scaling === "none"
          ? result
          : { ...result, twin: { pathDifference: apartOf(point), lossDifference: 0 } },
      twins,
    )
      .verdict;
  const isExact = ({ axes }: RunPoint) => axes.scaling === "exact";

  const clear = verdictOf((point) =>
    point.arm === "sgd" ? 3 * point.seed : isExact(point) ? 0 : 1e-6
  );
  assertEquals(
    clear[0],
    "SGD is affected by rescaling (path values differ by 3 to 9). " +
      "SGD, skeleton 1 is invariant to rescaling up to rounding (path values differ by at most " +
      "1.0e-6). G-SGD is invariant to rescaling up to rounding (path values differ by at most " +
      "1.0e-6). Control: when only the last digit of the initial weights changes, 3 of 9 pairs of all " +
      "optimizers differ by more than 2.0e-5 (up to 9).",
  );
  assertStringIncludes(clear.join("\n"), "the basis-path values differ by 3 to 9, relative to");

  // the control's pairs are no evidence about rescaling
  const calm = verdictOf(({ axes }) => axes.scaling === "digit" ? 0.5 : 0)[0]!;
  assertStringIncludes(calm, "G-SGD is bit-for-bit invariant to rescaling. Control: when");
  assertStringIncludes(
    calm,
    "9 of 9 pairs of all optimizers differ by more than 2.0e-5 (up to 0.5)",
  );

  // one pair with a large difference is neither hidden by the others nor attributed to rounding
  const mixed = verdictOf((point) => isExact(point) ? 0 : point.seed === 2 ? 0.011 : 1e-6);
  assertStringIncludes(
    mixed[0]!,
    "G-SGD is bit-for-bit invariant when units are rescaled exact; otherwise 1 of 3 pairs " +
      "differs by more than 2.0e-5 (up to 0.011).",
  );
  const broken = verdictOf((point) => isExact(point) ? 0 : null).join("\n");
  assertStringIncludes(
    broken,
    "3 of 3 pairs differ by more than 2.0e-5 (up to infinity)",
  );
  assertStringIncludes(broken, "the basis-path values are not all finite (3 pairs)");
});
