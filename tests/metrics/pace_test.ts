import { assertAlmostEquals, assertEquals } from "@std/assert";
import { communicationShare, meanPace } from "../../metrics/pace.ts";

const lines = [
  { seconds: 5, imagesPerSecond: 10, communicationShare: 0.9 },
  { seconds: 6, imagesPerSecond: 100, communicationShare: 0.1 },
  { seconds: 9, imagesPerSecond: 300, communicationShare: 0.3 },
];

Deno.test("the pace of a run is the mean over the time of all lines but the first", () => {
  assertAlmostEquals(meanPace(lines, "imagesPerSecond")!, (100 * 1 + 300 * 3) / 4);
  assertAlmostEquals(communicationShare(lines)!, (0.1 * 1 + 0.3 * 3) / 4);
});

Deno.test("without a later line, only the share of time in communication is known", () => {
  assertEquals(meanPace(lines.slice(0, 1), "imagesPerSecond"), null);
  assertEquals(communicationShare(lines.slice(0, 1)), 0.9);
});

Deno.test("a run on one rank, or a line without the number, has no mean", () => {
  assertEquals(communicationShare([]), null);
  assertEquals(communicationShare([{ seconds: 1 }, { seconds: 2 }]), null);
  const older = { seconds: 12, communicationShare: 0.5 };
  assertEquals(meanPace([...lines, older], "imagesPerSecond"), null);
});
