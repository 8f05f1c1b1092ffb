import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../cli/errors.ts";
import type { AdapterClass } from "../../../gpu/adapter_class.ts";
import { faultsOf, judge } from "../../../tools/gpu_report/check.ts";
import type { Exception } from "../../../tools/gpu_report/exceptions.ts";
import { parseOptions } from "../../../tools/gpu_report/flags.ts";
import { shares } from "../../../tools/gpu_report/kernel_classes.ts";
import type { KernelFacts, LaunchFacts } from "../../../tools/gpu_report/launches.ts";
import { verdictText } from "../../../tools/gpu_report/print.ts";
import type { CodeFacts, Report } from "../../../tools/gpu_report/report.ts";

function kernel(name: string, facts: Partial<KernelFacts> = {}): KernelFacts {
  const base = { label: name, class: "loop", workgroups: 100, bytes: 100, flops: 0 } as const;
  return { ...base, invocations: 6400, name, ...facts };
}

function launch(source: string, kernels: readonly KernelFacts[]): LaunchFacts {
  const sum = (count: (each: KernelFacts) => number) =>
    kernels.reduce((total, each) => total + count(each), 0);
  return {
    source,
    kernels,
    workgroups: sum(({ workgroups }) => workgroups),
    invocations: sum(({ invocations }) => invocations),
    bytes: sum(({ bytes }) => bytes),
    flops: sum(({ flops }) => flops),
  };
}

function code(source: string, facts: Partial<CodeFacts> = {}): CodeFacts {
  const base = { registers: 8, spills: 0, workgroupMemory: 0, waves: 16 };
  return { family: "gfx1100", source, ...base, ...facts };
}

function report(
  launches: readonly LaunchFacts[],
  compiled: readonly CodeFacts[] = [],
  adapterClass: AdapterClass = "amd",
): Report {
  const subject = { name: "step", kind: "step", adapterClass, launches } as const;
  return { subjects: [subject], code: compiled };
}

const summary = (of: Report) => faultsOf(of).map((fault) => `${fault.rule}: ${fault.kernel}`);

Deno.test("a spilled register is a fault", () => {
  const launches = [launch("a", [kernel("loop 3")]), launch("b", [kernel("loop 4")])];
  assertEquals(summary(report(launches, [code("a"), code("b", { spills: 1 })])), [
    "spills: loop 4",
  ]);
});

Deno.test("a share below the floor of the kind is a fault, and a share at the floor is not", () => {
  const { floor } = shares["conv forward"];
  const heavy = kernel("conv", { class: "conv forward", flops: 1e9 });
  const launches = [launch("a", [kernel("packing"), heavy])];
  const withShare = (share: number) => summary(report(launches, [code("a", { share })]));
  assertEquals(withShare(floor / 100), []);
  assertEquals(withShare(floor / 100 - 0.001), ["share: conv"]);
});

Deno.test("floors are for launches of the family's own class", () => {
  const heavy = kernel("conv", { class: "conv forward", flops: 1e9 });
  const withFamily = (family: CodeFacts["family"], adapterClass: AdapterClass, share = 0.01) =>
    summary(report([launch("a", [heavy])], [code("a", { family, share })], adapterClass));
  assertEquals(withFamily("navi21", "amd"), ["share: conv"]);
  assertEquals(withFamily("navi21", "intel"), []);
  assertEquals(withFamily("dg2", "amd"), []);
  const { dg2, floor } = shares["conv forward"];
  assertEquals(withFamily("dg2", "intel", dg2 / 100), []);
  assertEquals(withFamily("dg2", "intel", dg2 / 100 - 0.001), ["share: conv"]);
  assertEquals(withFamily("gfx1100", "amd", floor / 100 - 0.001), ["share: conv"]);
});

Deno.test("a shader that is too long for one kernel is a fault, unless it has several", () => {
  const [short, long, longest] = [30_000, 30_001, 65_001].map((length) => " ".repeat(length));
  const names = (count: number) => Array.from({ length: count }, (_, i) => kernel(`loop ${i}`));
  const withSource = (source: string, count: number) =>
    summary(report([launch(source, names(count))]));
  assertEquals(withSource(short!, 1), []);
  assertEquals(withSource(long!, 1), ["size: loop 0"]);
  assertEquals(withSource(long!, 2), []);
  assertEquals(withSource(longest!, 9), ["size: loop 0 and 8 more"]);
});

Deno.test("products have a floor of their own on NVIDIA's GPUs, and convolutions have none", () => {
  const { floor, nvidia } = shares["product in workgroup memory"];
  const withKind = (kind: KernelFacts["class"], share: number) => {
    const launches = [launch("a", [kernel("heavy", { class: kind, flops: 1e9 })])];
    return summary(report(launches, [code("a", { family: "sm_89", share })]));
  };
  assertEquals(withKind("product in workgroup memory", nvidia / 100), []);
  assertEquals(withKind("product in workgroup memory", (floor + nvidia) / 200), ["share: heavy"]);
  assertEquals(withKind("conv forward", 0.01), []);
});

Deno.test("loops have no floor, and neither has code without a loop that multiplies and adds", () => {
  const heavy = kernel("product", { class: "product in registers", flops: 10 });
  assertEquals(
    summary(report(
      [launch("a", [kernel("loop 3")]), launch("b", [heavy])],
      [code("a", { share: 0.01 }), code("b")],
    )),
    [],
  );
});

Deno.test("a launch with two heavy kernels is not judged by its hottest loop", () => {
  const heavy = (name: string) => kernel(name, { class: "conv forward", flops: 1e9 });
  const compiled = [code("a", { share: 0.01 })];
  assertEquals(summary(report([launch("a", [heavy("one"), heavy("two")])], compiled)), []);
  assertEquals(summary(report([launch("a", [heavy("one")])], compiled)), ["share: one"]);
});

Deno.test("a launch over 1 MB needs 32 workgroups", () => {
  const idle = (bytes: number, workgroups: number) =>
    summary(report([launch("a", [kernel("loop 3", { bytes, workgroups })])]));
  assertEquals(idle(1e6 + 1, 31), ["idle: loop 3"]);
  assertEquals(idle(1e6 + 1, 32), []);
  assertEquals(idle(1e6, 1), []);
});

Deno.test("a wide kernel does not hide an idle one in its launch", () => {
  const idle = kernel("loop 3", { bytes: 2e6, workgroups: 2 });
  const wide = kernel("loop 4", { bytes: 9e6, workgroups: 1000 });
  assertEquals(summary(report([launch("a", [wide, idle])])), ["idle: loop 3"]);
});

Deno.test("kernels that are small each can be idle together", () => {
  const small = (name: string) => kernel(name, { bytes: 0.6e6, workgroups: 2 });
  assertEquals(summary(report([launch("a", [small("loop 3"), small("loop 4")])])), [
    "idle: loop 3 and 1 more",
  ]);
});

Deno.test("a kernel in many launches and families is one fault", () => {
  const idle = kernel("loop 3", { bytes: 2e6, workgroups: 2 });
  const launches = [launch("a", [idle]), launch("b", [idle]), launch("a", [idle])];
  const compiled = [code("a", { spills: 2 }), code("a", { spills: 3, family: "navi21" })];
  assertEquals(summary(report(launches, compiled)), ["spills: loop 3", "idle: loop 3"]);
});

const idle = {
  rule: "idle",
  kernel: "loop 3",
  text: "moves 2.0 MB on 2 workgroups",
  subject: "step",
} as const;
const known: readonly Exception[] = [{ rule: "idle", kernel: "loop 3" }];

Deno.test("the list of exceptions must be exact", () => {
  assertEquals(judge([idle], { isComplete: true, known: [] }).faults, [idle]);
  const accepted = judge([idle], { isComplete: true, known });
  assertEquals(accepted, { faults: [], stale: [], known: 1 });
  assertEquals(judge([], { isComplete: true, known }).stale, known);
  // a spill of the same kernel is another fault
  assertEquals(judge([{ ...idle, rule: "spills" }], { isComplete: true, known }).stale, known);
});

Deno.test("a part of the report does not make exceptions stale", () => {
  assertEquals(judge([], { isComplete: false, known }).stale, []);
  assertEquals(parseOptions(["--check"]).isComplete, true);
  const partial = [
    ["--filter", "conv"],
    ["--no-compile"],
    ["--family", "navi21"],
    ["--class", "amd"],
  ];
  for (const flags of partial) {
    assertEquals(parseOptions(["--check", ...flags]).isComplete, false, flags.join(" "));
  }
});

Deno.test("the list of faults names the rule, the kernel, and what to do", () => {
  assertEquals(
    verdictText({ faults: [idle], stale: known, known: 3 }),
    "idle: loop 3: moves 2.0 MB on 2 workgroups (step)\n" +
      "idle: loop 3: no longer a fault: remove it from tools/gpu_report/exceptions.ts\n" +
      "2 faults, and 3 known ones",
  );
  assertEquals(
    verdictText({ faults: [], stale: [], known: 0 }),
    "No faults except 0 known ones",
  );
});

Deno.test("flags choose steps and families, and an unknown family is refused", () => {
  const names = (...args: string[]) => parseOptions(args).subjects.map(({ name }) => name);
  assertEquals(names("--filter", "PlainNet-20 b32"), [
    "PlainNet-20 b32 sgd",
    "PlainNet-20 b32 gsgd",
  ]);
  assertEquals(names().some((name) => name.includes("ResNet-110")), false);
  assertEquals(names("--all").filter((name) => name.includes("ResNet-110")).length, 4);
  assertEquals(names("--filter", "ResNet-110 b32").length, 2);
  assertEquals(parseOptions(["--family", "navi21"]).families, ["navi21"]);
  assertEquals(parseOptions(["--no-compile"]).families, []);
  assertThrows(() => parseOptions(["--family", "gfx9999"]), UsageError);
  assertEquals(parseOptions([]).classes, ["nvidia", "amd", "apple", "intel", "other"]);
  assertEquals(parseOptions(["--class", "intel,amd"]).classes, ["intel", "amd"]);
  assertThrows(() => parseOptions(["--class", "software"]), UsageError);
  assertThrows(() => parseOptions(["--family", "dg2"]), UsageError, "--intel-shim");
  assertEquals(parseOptions(["--family", "dg2", "--intel-shim", "/x.so"]).intelShim, "/x.so");
});
