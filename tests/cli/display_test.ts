import { assertEquals } from "@std/assert";
import { type Progress, TerminalDisplay } from "../../cli/display.ts";
import { listed, orDash, timeTaken } from "../../cli/format.ts";

const progress: Progress = {
  ...{ arm: "sgd", epoch: 1, epochs: 2, step: 3, steps: 4 },
  ...{ loss: 1, accuracy: 0.5, imagesPerSecond: 100, remainingSeconds: 5 },
};

// the sanitizers find a timer that is left running
Deno.test("several callers can stop a progress bar, and the next update shows it again", async () => {
  const display = new TerminalDisplay();
  display.update(progress);
  const first = display.stop();
  display.update(progress); // as by a step while Ctrl-C's line waits for the bar to be gone
  await Promise.all([first, display.stop()]);
  display.update(progress);
  await display.stop();
});

Deno.test("lists, durations, and numbers are readable", () => {
  assertEquals([listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])], [
    "a",
    "a and b",
    "a, b, and c",
  ]);
  assertEquals([timeTaken(9.96), timeTaken(61)], ["10.0 s", "1:01"]);
  assertEquals([orDash(NaN, String), orDash(undefined, String), orDash(0, String)], [
    "–",
    "–",
    "0",
  ]);
});
