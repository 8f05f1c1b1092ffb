/** Runs a conformance table outside of a test runner, and records the bits of all results. */
import { crc32 } from "../../checkpoint/crc.ts";
import { bytesOf } from "../../graph/bytes_of.ts";
import type { Backend, DeviceBuffer, HostArray } from "../../graph/mod.ts";
import { formatType } from "../../graph/types.ts";
import { NarrowBackend } from "../support/narrow_backend.ts";
import type { BackendTest } from "./suite.ts";
import type { Table } from "./table.ts";

/** What came out of one test of a table. */
export interface Outcome {
  readonly name: string;
  /** Why the test failed. */
  readonly error?: string;
  /** The type and the checksum of each array that the test read, in order. */
  readonly results: readonly string[];
}

/** A backend that records what is read from it. */
class RecordingBackend extends NarrowBackend {
  readonly results: string[] = [];

  constructor(backend: Backend) {
    super(backend, {});
  }

  override async read(buffers: readonly DeviceBuffer[]): Promise<HostArray[]> {
    const values = await super.read(buffers);
    values.forEach((array, i) =>
      this.results.push(`${formatType(buffers[i]!.type)} ${checksumOf(array)}`)
    );
    return values;
  }
}

/** A checksum of the bits, for which all NaN are one: WebAssembly does not define their bits. */
function checksumOf(array: HostArray): string {
  const copy = array.slice();
  if (copy instanceof Float32Array) {
    const words = new Uint32Array(copy.buffer);
    copy.forEach((value, i) => {
      if (Number.isNaN(value)) words[i] = 0x7fc00000;
    });
  }
  return crc32(bytesOf(copy)).toString(16).padStart(8, "0");
}

/** Runs all tests of a table on one backend. Calls `report` with the name of each before it runs. */
export async function runTable(
  table: Table,
  backend: Backend,
  report: (name: string) => void = () => {},
): Promise<Outcome[]> {
  const tests = new Map<string, Parameters<BackendTest>[1]>();
  table((name, test) => {
    if (tests.has(name)) throw new Error(`There are two tests "${name}"`);
    tests.set(name, test);
  });
  const outcomes: Outcome[] = [];
  for (const [name, test] of tests) {
    report(name);
    outcomes.push({ name, ...await runTest(test, backend) });
  }
  return outcomes;
}

async function runTest(
  test: Parameters<BackendTest>[1],
  backend: Backend,
): Promise<Omit<Outcome, "name">> {
  const recording = new RecordingBackend(backend);
  const { results } = recording;
  try {
    await test(recording);
    const { liveBuffers } = backend.memory();
    if (liveBuffers > 0) throw new Error(`${liveBuffers} buffers were not disposed of`);
    return { results };
  } catch (error) {
    return { results, error: error instanceof Error ? `${error.stack}` : String(error) };
  }
}

/** The tests that failed, one text each. */
export function failures(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ name, error }) => error === undefined ? [] : [`${name}: ${error}`]);
}

/** The tests that did not give the same bits as expected, one text each. */
export function differences(actual: readonly Outcome[], expected: readonly Outcome[]): string[] {
  const byName = new Map(actual.map((outcome) => [outcome.name, outcome]));
  return expected.flatMap(({ name, results }) => {
    const found = byName.get(name)?.results;
    if (!found) return [`${name}: it did not run`];
    const at = results.findIndex((result, i) => result !== found[i]);
    if (at >= 0) return [`${name}: result ${at} is ${found[at]} instead of ${results[at]}`];
    return found.length === results.length ? [] : [`${name}: ${found.length} results`];
  });
}
