import type { PlanLoop } from "./plan.ts";

/** A part of a program: dispatches that run one after the other, or a loop, whose body is a program. */
export type Section<D> =
  | { readonly kind: "dispatches"; readonly dispatches: readonly D[] }
  | { readonly kind: "loop"; readonly loop: PlanLoop; readonly body: readonly Section<D>[] };

/** Dispatches in order, and the loops among them. */
export interface Program<D> {
  readonly dispatches: readonly D[];
  /** The outermost loops, in order. */
  readonly loops?: readonly PlanLoop[];
}

/** Divides a program into its parts, in order. Ranges without dispatches have no part. */
export function sectionsOf<D>({ dispatches, loops }: Program<D>): readonly Section<D>[] {
  return sectionsWithin(dispatches, loops, { from: 0, to: dispatches.length });
}

function sectionsWithin<D>(
  dispatches: readonly D[],
  loops: readonly PlanLoop[] = [],
  { from, to }: { readonly from: number; readonly to: number },
): readonly Section<D>[] {
  const sections: Section<D>[] = [];
  const add = (from: number, to: number) => {
    if (from < to) sections.push({ kind: "dispatches", dispatches: dispatches.slice(from, to) });
  };
  let next = from;
  for (const loop of loops) {
    add(next, loop.from);
    sections.push({ kind: "loop", loop, body: sectionsWithin(dispatches, loop.loops, loop) });
    next = loop.to;
  }
  add(next, to);
  return sections;
}

/** The program with other dispatches: `map` returns those of a section in place of what it had. */
export function mapSections<D, E>(
  program: Program<D>,
  map: (dispatches: readonly D[]) => readonly E[],
): Required<Program<E>> {
  const dispatches: E[] = [];
  const add = (sections: readonly Section<D>[]): PlanLoop[] =>
    sections.flatMap((section) => {
      const from = dispatches.length;
      if (section.kind === "dispatches") {
        dispatches.push(...map(section.dispatches));
        return [];
      }
      const loops = add(section.body);
      return [{ ...section.loop, from, to: dispatches.length, loops }];
    });
  const loops = add(sectionsOf(program));
  return { dispatches, loops };
}

/** The greatest number of loops inside of each other. */
export function nestingOf(loops: readonly PlanLoop[] = []): number {
  return Math.max(0, ...loops.map((loop) => 1 + nestingOf(loop.loops)));
}
