import type { Backend } from "../../graph/mod.ts";
import { CommandError } from "../errors.ts";
import type { Ranks } from "./ranks.ts";

/** A backend; those for GPUs have an adapter. */
type AnyBackend = Pick<Backend, "name"> & {
  readonly adapter?: { readonly isFallbackAdapter: boolean };
};

/**
 * Refuses to train on hardware GPUs beside software ones. Every rank waits for the slowest, so a
 * driver that one machine lacks would slow down all of them.
 * @throws {CommandError} on all ranks, naming those without a hardware GPU
 */
export async function checkAdapters(ranks: Ranks, { adapter }: AnyBackend): Promise<void> {
  const own = adapter === undefined ? "none" : adapter.isFallbackAdapter ? "software" : "hardware";
  const all = await ranks.texts(own);
  await ranks.together(() => {
    const software = all.flatMap((each, rank) => each === "software" ? [rank] : []);
    if (software.length === 0 || !all.includes("hardware")) return;
    const found = `${software.length === 1 ? "rank" : "ranks"} ${software.join(", ")}`;
    throw new CommandError(
      `Cannot train on software GPUs beside hardware ones: ${found} found no hardware GPU: install ` +
        "its driver there, show each rank a GPU, or pass --device cpu",
    );
  });
}
