import { assert, assertEquals } from "@std/assert";
import { compile, Tensor } from "../../autograd/mod.ts";
import { type Backend, input } from "../../graph/mod.ts";
import * as optim from "../../optim/mod.ts";
import { configurations, cpuTest } from "../cpu/_backend.ts";
import { gpuTest } from "../gpu/_adapter.ts";
import { HostRun } from "../layers/host_run.ts";
import { assertAllClose } from "../support/close.ts";
import { goldenFile } from "./golden.ts";
import { scheduleMakers } from "./schedule_makers.ts";

interface GoldenSchedules {
  readonly schedules: readonly {
    readonly name: string;
    readonly rate: number;
    // deno-lint-ignore no-explicit-any -- options of different functions
    readonly options: any;
    readonly rates: readonly number[];
  }[];
  readonly plateaus: readonly {
    readonly options: optim.ReduceLROnPlateauOptions;
    readonly metrics: readonly number[];
    readonly rates: readonly number[];
  }[];
}

const golden: GoldenSchedules = goldenFile("torch_schedules.json");

function scheduleOf({ name, rate, options }: GoldenSchedules["schedules"][number]): optim.Schedule {
  const make = scheduleMakers[name];
  assert(make, name);
  return make(rate, options);
}

Deno.test("every schedule of the golden file is tested, and every one here is in it", () => {
  assertEquals(
    [...new Set(golden.schedules.map(({ name }) => name))].sort(),
    Object.keys(scheduleMakers).sort(),
  );
});

for (const one of golden.schedules) {
  Deno.test(`${one.name} ${JSON.stringify(one.options)} has PyTorch's rates in float64`, () => {
    const step = new Tensor(input("step", { dtype: "i32", shape: [] }));
    const rate = scheduleOf(one)(step);
    const run = new HostRun();
    const rates = one.rates.map((_, i) => {
      run.set(step, [i]);
      return run.get(rate)[0]!;
    });
    assertAllClose(rates, one.rates, { relative: 1e-6, absolute: 1e-9 }, "rates");
  });
}

/** All schedules in one program, at all steps. */
async function check(backend: Backend): Promise<void> {
  const schedules = golden.schedules.map(scheduleOf);
  using step = await compile(
    { step: { dtype: "i32", shape: [] } },
    ({ step }) => ({
      outputs: Object.fromEntries(schedules.map((schedule, i) => [String(i), schedule(step)])),
    }),
    { backend },
  );
  const rates: number[][] = schedules.map(() => []);
  for (let i = 0; i < golden.schedules[0]!.rates.length; i++) {
    step.run({ step: Int32Array.of(i) });
    const found = await step.read();
    rates.forEach((list, k) => list.push(found[String(k)]![0]!));
  }
  const tolerance = { relative: 1e-4, absolute: 1e-7 };
  golden.schedules.forEach(({ name, options, rates: expected }, k) =>
    assertAllClose(rates[k]!, expected, tolerance, `${name} ${JSON.stringify(options)}`)
  );
}

for (const options of configurations) {
  cpuTest(`schedules have PyTorch's rates on cpu ${JSON.stringify(options)}`, check, options);
}
gpuTest("schedules have PyTorch's rates on gpu", check);

for (const { options, metrics, rates } of golden.plateaus) {
  const title = `ReduceLROnPlateau ${JSON.stringify(options)} has PyTorch's rates`;
  Deno.test(title, () => {
    using plateau = new optim.ReduceLROnPlateau(0.5, options);
    const found = metrics.map((metric) => {
      plateau.step(metric);
      return plateau.rate;
    });
    assertAllClose(found, rates, { relative: 1e-6, absolute: 1e-9 }, "rates");
  });

  cpuTest(`${title}, resumed at any step`, async (backend) => {
    let state = new Float32Array();
    for (const [i, metric] of metrics.entries()) {
      using plateau = new optim.ReduceLROnPlateau(0.5, options);
      using step = await compile({}, () => ({
        outputs: { rate: plateau.schedule(new Tensor(plateau.state.node)) },
      }), { backend });
      if (i > 0) plateau.state.assign(state);
      await plateau.reload();
      plateau.step(metric);
      step.run();
      const { rate } = await step.read();
      assertAllClose(rate!, [rates[i]!], { relative: 1e-6, absolute: 1e-9 }, `rate ${i}`);
      state = Float32Array.from(await plateau.state.data());
    }
  });
}
