/** How long the values of loops over vectors are needed. */
import { type Item, type Loop, usesOf, type ValueId } from "./vector_loop.ts";

/** The values of a body that no item after each of its items uses. */
export function dyingValues(items: readonly Item[]): readonly (readonly ValueId[])[] {
  const own = new Set(items.flatMap((item) => item.kind === "define" ? [item.id] : []));
  const seen = new Set<ValueId>();
  return items.toReversed().map((item) => {
    const here = item.kind === "define" ? [...usesOf(item), item.id] : usesOf(item);
    const dying = here.filter((id) => own.has(id) && !seen.has(id));
    here.forEach((id) => seen.add(id));
    return dying;
  }).reverse();
}

/** The values outside of a loop that it changes. */
export function changedBy({ body }: Loop): readonly ValueId[] {
  const own = new Set(body.flatMap((item) => item.kind === "define" ? [item.id] : []));
  const changed = body.flatMap((item) =>
    item.kind === "combine" ? [item.into] : item.kind === "loop" ? changedBy(item.loop) : []
  );
  return [...new Set(changed)].filter((id) => !own.has(id));
}
