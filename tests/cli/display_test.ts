import { assertEquals } from "@std/assert";
import { type Progress, TerminalDisplay } from "../../cli/display.ts";
import { listed, orDash, timeTaken } from "../../cli/format.ts";

const progress = (): Progress => ({ done: 3, total: 4, text: "sgd" });

// the sanitizers find a timer that is left running
Deno.test("several callers can stop a progress bar, and the next progress shows it again", async () => {
  const display = new TerminalDisplay();
  display.show(progress);
  const first = display.stop();
  display.show(progress); // as by a step while Ctrl-C's line waits for the bar to disappear
  await Promise.all([first, display.stop()]);
  display.show(progress);
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
