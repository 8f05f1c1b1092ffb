import { assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { decodeSafetensors, toFloat32 } from "../../checkpoint/mod.ts";
import { armNames } from "../../cli/settings/arm_kinds.ts";
import { call, temporaryFolder } from "./command.ts";

const flags = [
  ...["--dataset=synthetic", "--model=mlp:16-9-8-10", "--device=cpu", "--limit=100"],
  ...["--batch=32", "--epochs=2", "--lr=0.05", "--clip-norm=1", "--label-smoothing=0.1"],
  "--quiet",
  `--optimizer=${armNames.join(",")}`,
];

/** The largest difference between the weights of an optimizer in two runs. */
async function differenceOf(arm: string, a: string, b: string): Promise<number> {
  const [one, other] = await Promise.all([a, b].map(async (folder) => {
    const bytes = await Deno.readFile(`${folder}/${arm}/model.safetensors`);
    return [...decodeSafetensors(bytes).tensors.values()].flatMap((each) => [...toFloat32(each)]);
  })) as [number[], number[]];
  assertEquals(one.length, other.length);
  return Math.max(...one.map((value, i) => Math.abs(value - other[i]!)));
}

Deno.test("gradients in parts, even or not, train each optimizer as the whole batch does", async () => {
  await using folder = await temporaryFolder();
  const run = async (name: string, ...more: readonly string[]) => {
    const out = `${folder.path}/${name}`;
    const { code, stderr } = await call("train", ...flags, ...more, "--out", out);
    assertEquals([code, stderr], [0, ""]);
    return out;
  };
  const whole = await run("whole");
  for (const parts of [2, 5, 32]) { // the last batch has 4 samples
    const own = await run(`parts-${parts}`, `--accumulate=${parts}`);
    for (const arm of armNames) {
      // rules that divide by the root of a squared gradient amplify rounding where it is near 0
      const tolerance = ["adam", "adamw", "rmsprop"].includes(arm) ? 1e-3 : 1e-5;
      assertAlmostEquals(
        await differenceOf(arm, whole, own),
        0,
        tolerance,
        `${arm}, ${parts} parts`,
      );
    }
    assertNotEquals(await differenceOf("gsgd", whole, own), 0); // summed in another order
  }
});

Deno.test("a run with gradients in parts resumes bit for bit", async () => {
  await using folder = await temporaryFolder();
  const [straight, resumed] = ["straight", "resumed"].map((name) => `${folder.path}/${name}`) as [
    string,
    string,
  ];
  const own = [...flags, "--accumulate=3", "--checkpoint-every=5"];
  assertEquals((await call("train", ...own, "--out", straight)).code, 0);
  assertEquals((await call("train", ...own, "--epochs=1", "--out", resumed)).code, 0);
  assertEquals((await call("train", "--resume", resumed, "--epochs=2", "--quiet")).code, 0);
  for (const arm of armNames) assertEquals(await differenceOf(arm, straight, resumed), 0, arm);
});
