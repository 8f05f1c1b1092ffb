import { assertEquals } from "@std/assert";
import { CommandError } from "../../../cli/errors.ts";
import { checkAdapters } from "../../../cli/ranks/check_adapters.ts";
import { Ranks } from "../../../cli/ranks/ranks.ts";
import { inProcess } from "../../../distributed/mod.ts";

const cpu = { name: "cpu" };
const software = { name: "gpu", adapter: { isFallbackAdapter: true } };
const hardware = { name: "gpu", adapter: { isFallbackAdapter: false } };

/** The error of each rank. */
function errorsOn(...backends: readonly (typeof cpu | typeof software)[]): Promise<unknown[]> {
  return inProcess(backends.length, async (communicator) => {
    const ranks = new Ranks(communicator);
    const outcome = await checkAdapters(ranks, backends[communicator.rank]!).catch((error) =>
      error
    );
    return outcome && [outcome instanceof CommandError, ranks.haveFailed, outcome.message];
  });
}

Deno.test("software GPUs beside hardware ones are refused on all ranks, which are named", async () => {
  const one = await errorsOn(hardware, software);
  assertEquals(
    one,
    [0, 1].map(() => [
      true,
      true,
      "Cannot train on software GPUs beside hardware ones: rank 1 found no hardware GPU: install its " +
      "driver there, show each rank a GPU, or pass --device cpu",
    ]),
  );
  const two = await errorsOn(software, cpu, software, hardware) as [boolean, boolean, string][];
  assertEquals(new Set(two.map(([, , message]) => /ranks? [\d, ]+/.exec(message)![0])).size, 1);
  assertEquals(two[3]![2].includes(": ranks 0, 2 found"), true, two[3]![2]);
});

Deno.test("equal adapters, and the CPU beside any of them, are accepted", async () => {
  const none = undefined;
  assertEquals(await errorsOn(hardware, hardware, cpu), [none, none, none]);
  assertEquals(await errorsOn(software, software), [none, none]);
  assertEquals(await errorsOn(cpu, software), [none, none]);
  assertEquals(await errorsOn(cpu, cpu), [none, none]);
  assertEquals(await errorsOn(software), [none]);
});
