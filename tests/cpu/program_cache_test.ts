import { assertEquals } from "@std/assert";
import { compile, f32 } from "../../autograd/mod.ts";
import { s } from "../../graph/mod.ts";
import { externalPlan, floats, loop } from "../gpu/_plans.ts";
import { cpuTest } from "./_backend.ts";

/** Counts the modules that are compiled until it is disposed, and may replace what compiles them. */
class Modules implements Disposable {
  count = 0;
  readonly #instantiate = WebAssembly.instantiate;

  constructor(replacement?: () => Promise<never>) {
    const compile: (...args: never[]) => unknown = replacement ?? this.#instantiate;
    const instantiate = (...args: never[]): unknown => {
      this.count++;
      return compile(...args);
    };
    Object.assign(WebAssembly, { instantiate });
  }

  [Symbol.dispose](): void {
    Object.assign(WebAssembly, { instantiate: this.#instantiate });
  }
}

for (const checked of [false, true]) {
  cpuTest(
    `equal plans share a program while one is in use${checked ? ", checked" : ""}`,
    async (backend) => {
      using modules = new Modules();
      const double = (label: string) =>
        compile({ x: f32([5]) }, ({ x }) => ({ outputs: { y: x.add(x) } }), { backend, label });
      const run = async (step: Awaited<ReturnType<typeof double>>, x: number) => {
        step.run({ x: new Float32Array(5).fill(x) });
        return [...(await step.read()).y];
      };
      {
        const [one, other] = await Promise.all([double("one"), double("other")]);
        assertEquals(modules.count, 1);
        assertEquals(await run(one, 1), [2, 2, 2, 2, 2]);
        one[Symbol.dispose]();
        assertEquals(await run(other, 3), [6, 6, 6, 6, 6]); // still in use
        using third = await double("third");
        assertEquals(modules.count, 1);
        assertEquals(await run(third, 4), [8, 8, 8, 8, 8]);
        other[Symbol.dispose]();
      }
      using again = await double("again");
      assertEquals(modules.count, 2);
      assertEquals(await run(again, 5), [10, 10, 10, 10, 10]);
    },
    { checked },
  );
}

cpuTest("a program that could not be compiled is compiled again for the next plan", async (cpu) => {
  const index = s.axis(0, 6);
  const value = s.mul(s.load(0, "f32", index), s.const(0.5, "f32"));
  const kernel = loop({ outer: [6], outerStores: [{ slot: 1, index, value }] });
  const plan = externalPlan([[kernel]], [floats([6], []), floats([6], [])]);
  using source = cpu.allocate(plan.slots[0]!.type, "source");
  using target = cpu.allocate(plan.slots[1]!.type, "target");
  const buffers = new Map([[0, source], [1, target]]);
  {
    using _failing = new Modules(() => Promise.reject(new Error("no memory")));
    const tries = await Promise.allSettled([
      cpu.compile(plan, buffers),
      cpu.compile(plan, buffers),
    ]);
    assertEquals(tries.map(({ status }) => status), ["rejected", "rejected"]);
  }
  using executable = await cpu.compile(plan, buffers);
  source.write(Float32Array.of(1, 2, 3, 4, 5, 6));
  executable.run();
  const [values] = await cpu.read([target]);
  assertEquals([...values!], [0.5, 1, 1.5, 2, 2.5, 3]);
});
