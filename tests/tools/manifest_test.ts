import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { denoArguments } from "../../tools/launch.ts";
import { stdFlags } from "../../tools/std_flags.ts";
import { rooms } from "../rooms.ts";

Deno.test("deno.json exports every room, and nothing else", () => {
  const expected: Record<string, string> = { ".": "./mod.ts" };
  for (const room of rooms.keys()) {
    expected[`./${room}`] = room === "cli" ? "./cli/main.ts" : `./${room}/mod.ts`;
  }
  assertEquals<Record<string, string>>(config.exports, expected);
});

Deno.test("deno.json publishes every room, and nothing for development only", () => {
  const folders = config.publish.include.filter((path) => path.endsWith("/"));
  assertEquals(folders, [...rooms.keys()].map((room) => `${room}/`));
});

Deno.test("every task has a description", () => {
  for (const [name, task] of Object.entries(config.tasks)) {
    assert(task.description.length > 20, `task ${name}`);
  }
});

Deno.test("no task for users has all permissions", () => {
  for (const [name, { command }] of Object.entries(config.tasks)) {
    assertEquals(/(?:^|\s)(?:-A|--allow-all)(?:\s|$)/.test(command), false, `task ${name}`);
  }
});

Deno.test("tasks that load packages use a frozen lock file and work without JSR", async () => {
  for (const name of ["test", "test-slow"] as const) {
    const { command } = config.tasks[name];
    assert(command.includes("--frozen $(deno run -q tools/std_flags.ts)"), `task ${name}`);
  }
  const std = await stdFlags();
  for (
    const name of [
      "train",
      "train-native",
      "train-mpi",
      "explain",
      "predict",
      "live",
      "export",
      "reproduce",
      "reproduce-native",
      "report",
      "site",
      "bench",
    ] as const
  ) {
    const args = await denoArguments(name, []);
    assertEquals(args.slice(0, 3 + std.length), ["run", "--frozen", "--no-prompt", ...std]);
  }
});
