import { assertEquals } from "@std/assert";
import { changedSettings } from "../../live/settings.ts";

const run = (id: string, config: Record<string, unknown>) => ({ id, config });

Deno.test("only settings that differ between runs, or between their optimizers, are listed", () => {
  const changed = changedSettings([
    run("a", { seed: 1, batch: 64, lr: { sgd: 1, gsgd: 1 }, out: "x", optimizer: ["sgd"] }),
    run("b", { seed: 2, batch: 64, lr: { sgd: 1, gsgd: 1 }, out: "y", optimizer: ["gsgd"] }),
    run("c", { seed: 2, batch: 64, lr: { sgd: 1, gsgd: 1 }, mixup: 0.2 }),
  ]);
  assertEquals([...changed], [
    ["a", { seed: 1, mixup: null }],
    ["b", { seed: 2, mixup: null }],
    ["c", { seed: 2, mixup: 0.2 }],
  ]);
});

Deno.test("a single run lists what its optimizers do not share", () => {
  const config = { lr: { sgd: 0.1, gsgd: 0.3 }, momentum: { sgd: 0, gsgd: 0 }, mixup: [1, 2] };
  assertEquals([...changedSettings([run("a", config)])], [["a", { lr: config.lr }]]);
  assertEquals([...changedSettings([])], []);
});
