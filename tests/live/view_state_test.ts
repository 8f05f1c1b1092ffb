import { assert, assertEquals } from "@std/assert";
import { csvOf, jsonOf, pointRows } from "../../live/client/downloads.js";
import { chartKinds } from "../../live/client/chart_kinds.js";
import { rangeWithin } from "../../live/client/plot_options.js";
import { sortedBy } from "../../live/client/run_table.js";
import { Runs } from "../../live/client/runs.js";
import { smooth } from "../../live/client/smoothing.js";
import { ViewState } from "../../live/client/view_state.js";
import { stepLine } from "./run_folders.ts";

Deno.test("the view survives its address", () => {
  const view = new ViewState();
  assertEquals(view.toQuery(), "");
  view.runs = ["runs/a b", "runs/&c,d"];
  view.changeAxis("seconds");
  view.smoothing = 0.6;
  view.colorBy = "run";
  view.toggleLog("train-loss");
  view.hidden.add("runs/a b sgd");
  view.sortBy("test-error");
  view.sortBy("test-error");
  view.zoomAll([-Infinity, 12.5]);
  view.isLinked = false;
  view.parameter = "layer1.0.conv1.weight";
  view.zoom("test-loss", [1, 2]);
  const again = ViewState.fromQuery(`?${view.toQuery()}`);
  assertEquals(again.toQuery(), view.toQuery());
  assertEquals(again.runs, view.runs);
  assertEquals(again.parameter, "layer1.0.conv1.weight");
  assertEquals([again.axis, again.smoothing, again.colorBy], ["seconds", 0.6, "run"]);
  assertEquals([...again.log, ...again.hidden], ["train-loss", "runs/a b sgd"]);
  assertEquals(again.sort, { column: "test-error", isDescending: true });
  assertEquals([again.rangeOf("x"), again.rangeOf("test-loss")], [[-Infinity, 12.5], [1, 2]]);
});

Deno.test("what is not valid in an address is ignored", () => {
  const view = ViewState.fromQuery(
    "?axis=weeks&smooth=nan&color=blue&sort=&x=all,3,2&x=a&x=b,1,x&x=&zoom=two&layer=&other=1",
  );
  assertEquals(view.toQuery(), "");
  assertEquals([view.isZoomed, view.rangeOf("a")], [false, undefined]);
  assertEquals(ViewState.fromQuery("smooth=7").smoothing, 0.99);
  assertEquals(ViewState.fromQuery("smooth=-1").smoothing, 0);
});

Deno.test("a zoom applies to all charts, or to one; another axis ends it", () => {
  const view = new ViewState();
  view.zoom("a", [1, 2]);
  assertEquals([view.rangeOf("a"), view.rangeOf("b"), view.range], [[1, 2], [1, 2], [1, 2]]);
  view.isLinked = false;
  view.zoom("a", [1.2, 1.4]);
  assertEquals([view.rangeOf("a"), view.rangeOf("b")], [[1.2, 1.4], [1, 2]]);
  view.zoom("a", undefined);
  assertEquals(view.rangeOf("a"), [1, 2]);
  view.changeAxis("epoch");
  assert(view.isZoomed);
  view.changeAxis("step");
  assert(!view.isZoomed);
});

Deno.test("the range of x is never empty, whatever the data and the zoom are", () => {
  const open: [number, number] = [-Infinity, Infinity];
  assertEquals(rangeWithin(undefined, 1, 3), [1, 3]);
  assertEquals(rangeWithin([2, Infinity], 1, 3), [2, 3]);
  assertEquals(rangeWithin([-Infinity, 2], 1, 3), [1, 2]);
  assertEquals(rangeWithin(open, null, null), [0, 1]);
  const ranges = [undefined, open, [50, Infinity], [-Infinity, 50], [7, 8], [
    5e9,
    Infinity,
  ]] as const;
  for (const range of ranges) {
    for (const [low, high] of [[50, 50], [100, 200], [0, 0], [null, null], [-3, 9]] as const) {
      const [from, to] = rangeWithin(range, low, high);
      assert(
        Number.isFinite(from) && Number.isFinite(to) && from < to,
        `${range} ${low}: ${from} ${to}`,
      );
    }
  }
});

Deno.test("a column sorts up, down, and then no longer", () => {
  const view = new ViewState();
  const states = ["a", "a", "a", "a", "b"].map((column) => {
    view.sortBy(column);
    return view.sort && `${view.sort.column} ${view.sort.isDescending}`;
  });
  assertEquals(states, ["a false", "a true", undefined, "a false", "b false"]);
});

Deno.test("smoothing starts at the first point, follows a constant, and leaves gaps", () => {
  assertEquals(smooth([3, 3, 3], 0.9).map((value) => Number(value!.toFixed(12))), [3, 3, 3]);
  assertEquals(smooth([1, 5], 0), [1, 5]);
  // weights 0.5 · 0.5 and 0.5 of 0.75
  assertEquals(smooth([1, null, 4, NaN], 0.5), [1, null, (0.25 * 1 + 0.5 * 4) / 0.75, NaN]);
  assertEquals(smooth([], 0.5), []);
});

function runsWithLines() {
  const runs = new Runs();
  const { length, changed } = { length: { steps: 10 }, changed: 0 };
  const arms = ["sgd", "gsgd"];
  const base = { isNamed: false, title: "t", about: "", length, changed, arms, settings: {} };
  runs.infos = [{ ...base, id: 'runs/a,"b"' }];
  const lines = [stepLine("sgd", 1), stepLine("sgd", 2), stepLine("gsgd", 4)];
  const message = { run: 'runs/a,"b"', reset: true, lines };
  runs.add(JSON.parse(JSON.stringify(message)));
  return runs.curves(['runs/a,"b"']);
}

Deno.test("the points of a chart are downloaded as CSV, and all metrics as JSON", () => {
  const kind = chartKinds.find(({ id }) => id === "train-loss")!;
  const curves = runsWithLines();
  assertEquals(
    csvOf(pointRows(kind, curves)),
    "run,optimizer,epoch,step,seconds,train-loss\n" +
      '"runs/a,""b""",sgd,0.1,1,0.5,2\n' +
      '"runs/a,""b""",sgd,0.2,2,1,1\n' +
      '"runs/a,""b""",gsgd,0.4,4,2,0.5\n',
  );
  const json = JSON.parse(jsonOf(curves));
  assertEquals(json.map(({ optimizer, end }: Record<string, unknown>) => [optimizer, end]), [
    ["sgd", null],
    ["gsgd", null],
  ]);
  assertEquals(json[0].steps, [stepLine("sgd", 1), stepLine("sgd", 2)]);
});

Deno.test("rows are sorted as numbers or as text, and those without a value come last", () => {
  const curves = runsWithLines();
  const rows = [10, 9, undefined, 100].map((steps) => ({ ...curves[0]!, key: String(steps) }));
  const sorted = (isDescending: boolean, isText: boolean) => {
    const value = ({ key }: { key: string }) =>
      key === "undefined" ? undefined : isText ? `run ${key}` : Number(key);
    const column = { id: "c", title: "c", text: () => "", value };
    return sortedBy(rows, column, isDescending).map(({ key }) => key).join();
  };
  assertEquals(sorted(false, false), "9,10,100,undefined");
  assertEquals(sorted(true, false), "100,10,9,undefined");
  assertEquals(sorted(false, true), "9,10,100,undefined");
});
