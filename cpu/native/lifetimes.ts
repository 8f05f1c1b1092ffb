/** How long the values of loops over vectors are needed. */
import { type Item, type Loop, usesOf, type ValueId } from "./vector_loop.ts";

/** For each item of a body, the values of the body that are not used after it. */
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

/** The values that a loop changes and that are defined outside of it. */
export function changedBy({ body }: Loop): readonly ValueId[] {
  const own = new Set(body.flatMap((item) => item.kind === "define" ? [item.id] : []));
  const changed = body.flatMap((item) =>
    item.kind === "combine" ? [item.into] : item.kind === "loop" ? changedBy(item.loop) : []
  );
  return [...new Set(changed)].filter((id) => !own.has(id));
}
