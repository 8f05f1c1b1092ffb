import type { Backend } from "../../graph/mod.ts";
import type { BackendTest } from "../conformance/suite.ts";
import { backendProperties, hostProperties, type Property, together } from "./properties.ts";
import { randomProgram } from "./random_program.ts";
import { Checker } from "./report.ts";

/** Which graphs a test draws. */
export interface Draw {
  /** The first seed. */
  readonly from: number;
  readonly count: number;
}

const [interpreter, plan] = hostProperties as readonly [Property, Property];
const rotating = [plan, ...backendProperties.filter((property) => property !== together)];

/** Every graph is compared with its bounds, and with one of the other properties in turn. */
function propertiesOf(seed: number): readonly Property[] {
  return [interpreter, together, rotating[seed % rotating.length]!];
}

/** Checks random graphs on a backend; a failure names the seed and shows a small graph. */
export async function checkRandomGraphs(
  backend: Backend,
  { from, count }: Draw,
  choose: (seed: number) => readonly Property[] = propertiesOf,
): Promise<void> {
  for (let seed = from; seed < from + count; seed++) {
    const checker = new Checker(backend, choose(seed));
    await checker.check(randomProgram(seed), `seed ${seed}`);
  }
}

/** Random graphs keep the properties of `properties.ts` on a backend. */
export function metamorphicTests(backendTest: BackendTest, draw: Draw): void {
  const seeds = `seeds ${draw.from} to ${draw.from + draw.count - 1}`;
  backendTest(
    `random graphs compute the same however they are run (${seeds})`,
    (backend) => checkRandomGraphs(backend, draw),
  );
}
