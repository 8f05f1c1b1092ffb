import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { findings } from "../../site/train/findings.ts";
import { type ArmName, armNames, type Point } from "../../site/train/messages.ts";
import type { Page } from "../live/chromium.ts";
import { checkLook, pageTest } from "./built_site.ts";
import { keyboardFaults } from "./keyboard.ts";

const PATH = "train.html";

/** The numbers of the table: epoch, loss, and error of each optimizer. */
async function newest(page: Page): Promise<readonly (readonly number[])[]> {
  return await page.evaluate<number[][]>(
    `[...document.querySelectorAll("#newest tbody tr")].map((row) =>
      [...row.querySelectorAll("td")].map((cell) => parseFloat(cell.textContent)))`,
  );
}

/** Chooses one epoch, and starts. */
const start = (page: Page) =>
  page.evaluate(
    `document.getElementById("epochs").value = "1"; document.getElementById("start").click()`,
  );

const stateOf = (page: Page) => page.evaluate<string>("document.body.dataset.state");

pageTest("the training page trains in a worker, and keeps painting", PATH, async (page) => {
  await page.evaluate(`(() => {
    window.frames_ = 0;
    const count = () => { window.frames_++; requestAnimationFrame(count); };
    count();
  })()`);
  await start(page);
  await page.until(`!document.querySelector("#newest td").textContent.includes("–")`);
  const [first] = await newest(page);
  const framesBefore = await page.evaluate<number>("window.frames_");
  await page.until(`document.body.dataset.state === "trained"`);
  assertGreater(await page.evaluate<number>("window.frames_"), framesBefore + 5);
  const last = await newest(page);
  assertEquals(last.map(([epoch]) => epoch), [1, 1, 1]);
  assertLess(last[0]![1]!, first![1]!);
  for (const [, loss, error] of last) assert(loss! < 1.5 && error! < 50, String(last));
  const text = await page.evaluate<string>(`document.getElementById("findings").textContent`);
  assertStringIncludes(text, "SGD from the same initial weights");
  assertEquals(await page.evaluate(`document.querySelectorAll("#loss path.curve").length`), 3);
  await checkLook(page);
  assertEquals(await keyboardFaults(page), []);
});

pageTest(
  "training can be stopped, and G-SGD is not compared without its control",
  PATH,
  async (page) => {
    const control = () =>
      page.evaluate<boolean[]>(
        `(({ checked, disabled }) => [checked, disabled])(document.getElementById("arm-sgd-skeleton"))`,
      );
    const click = (id: string) => page.evaluate(`document.getElementById("${id}").click()`);
    assertEquals(await control(), [true, true]);
    await click("arm-gsgd");
    assertEquals(await control(), [true, false]);
    await click("arm-sgd-skeleton");
    await click("arm-gsgd");
    assertEquals(await control(), [true, true]);
    await start(page);
    await page.until(`!document.querySelector("#newest td").textContent.includes("–")`);
    await click("start");
    assertEquals(await stateOf(page), "stopped");
    assertEquals(
      await page.evaluate(`document.getElementById("start").textContent`),
      "Start training",
    );
  },
);

Deno.test("the findings compare G-SGD with both kinds of SGD, in either direction", () => {
  const of = (...losses: readonly number[]) =>
    findings(
      new Map(armNames.flatMap((arm, i): [ArmName, Point][] =>
        losses[i] === undefined
          ? []
          : [[arm, { arm, step: 1, epoch: 1, loss: losses[i], error: 0.5 }]]
      )),
    ).join(" ");
  const better = of(0.5, 0.4, 0.3);
  assertStringIncludes(
    better,
    "The training loss of G-SGD is 0.2000 lower than that of plain SGD.",
  );
  assertStringIncludes(better, "SGD from these weights is 0.1000 lower than that of plain SGD.");
  assertStringIncludes(
    better,
    "G-SGD is 0.1000 lower than that of SGD from the same initial weights.",
  );
  assertStringIncludes(of(0.3, 0.4, 0.5), "G-SGD is 0.2000 higher than that of plain SGD.");
  assertStringIncludes(of(0.3, 0.4, 0.40001), "equal training losses");
  assertEquals(of(0.3), "");
  assertEquals(of(NaN, 0.4, 0.3).includes("NaN"), false);
});
