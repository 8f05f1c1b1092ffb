/** A command of which rank 1 fails by itself, while the others wait for it. */
import { CommandError } from "../../../cli/errors.ts";
import { onRanks } from "../../../cli/ranks/on_ranks.ts";
import { runCommand } from "../../../cli/run_command.ts";

Deno.exit(
  await runCommand([], {
    help: () => ({ about: [], usage: [], groups: [], exitCodes: "" }),
    run: () =>
      onRanks("auto", async (ranks) => {
        if (ranks.rank === 1) throw new CommandError("Cannot go on: this rank fails");
        await ranks.max({ waits: 1 });
      }),
  }),
);
