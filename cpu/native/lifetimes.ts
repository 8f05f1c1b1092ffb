/** How long the values of loops over vectors are needed. */
import type { Item, Loop, ValueId } from "./vector_loop.ts";

/**
 * For each item of a body, the values of the body that are not used after it. `uses` are those of
 * the items.
 */
export function dyingValues(
  items: readonly Item[],
  uses: readonly (readonly ValueId[])[],
): readonly (readonly ValueId[])[] {
  const alive = new Set(items.flatMap((item) => item.kind === "define" ? [item.id] : []));
  const dying = items.map(() => [] as ValueId[]);
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i]!;
    for (const id of uses[i]!) if (alive.delete(id)) dying[i]!.push(id);
    if (item.kind === "define" && alive.delete(item.id)) dying[i]!.push(item.id);
  }
  return dying;
}

/** The values that a loop changes and that are defined outside of it. */
export function changedBy({ body }: Loop): readonly ValueId[] {
  const own = new Set(body.flatMap((item) => item.kind === "define" ? [item.id] : []));
  const changed = body.flatMap((item) =>
    item.kind === "combine" ? [item.into] : item.kind === "loop" ? changedBy(item.loop) : []
  );
  return [...new Set(changed)].filter((id) => !own.has(id));
}
