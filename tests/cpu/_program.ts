/** A separate program that uses workers and then ends as its argument says. */
import { openCpu } from "../../cpu/mod.ts";
import { type Plan, s } from "../../graph/mod.ts";
import { untilReady } from "./_threads.ts";

const count = 1_000_000;
const type = { dtype: "f32", shape: [count] } as const;
const value = s.exp(s.load(0, "f32", s.axis(0, count)));
const plan: Plan = {
  label: "program",
  slots: [{ kind: "external", type, label: "x" }],
  dispatches: [{
    kernels: [{
      kind: "loop",
      label: "exp",
      outer: [count],
      inner: [],
      reductions: [],
      outerStores: [{ slot: 0, index: s.axis(0, count), value }],
      innerStores: [],
    }],
  }],
  memories: [],
};

const cpu = openCpu({ threads: 2 });
const x = cpu.allocate(type, "x");
const executable = await cpu.compile(plan, new Map([[0, x]]));
await untilReady(cpu, 2);
const threads = cpu.readyThreads; // later a worker may have exited
executable.run();
const [result] = await cpu.read([x]);
console.log(`exp(0) is ${result?.at(-1)} on ${threads} threads`);
if (Deno.args[0] === "dispose") cpu[Symbol.dispose]();
if (Deno.args[0] === "exit") Deno.exit(0);
