/** What a study has written so far, and waiting for it. */

/** Names of the runs that were started. */
export async function begunIn(out: string): Promise<string[]> {
  return await namesIn(`${out}/points`);
}

/** Texts of the existing results, by the name of the run. */
export async function resultsIn(out: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of await begunIn(out)) {
    const path = `${out}/points/${name}/result.json`;
    const text = await Deno.readTextFile(path).catch(() => undefined);
    if (text !== undefined) found.set(name, text);
  }
  return found;
}

/** Resolves when a run that is not finished has another checkpoint than when this was called. */
export async function nextCheckpoint(out: string): Promise<void> {
  const before = await checkpointsIn(out);
  await until(async () => (await checkpointsIn(out)).difference(before).size > 0);
}

/** Paths of the checkpoints of runs without a result. */
async function checkpointsIn(out: string): Promise<Set<string>> {
  const done = await resultsIn(out);
  const running = (await begunIn(out)).filter((name) => !done.has(name));
  const paths = await Promise.all(running.map(async (name) => {
    const folder = `${out}/points/${name}/run/checkpoints`;
    return (await namesIn(folder)).map((file) => `${folder}/${file}`);
  }));
  return new Set(paths.flat());
}

/** The names in a folder; none if it does not exist. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return [];
  }
}

/** Resolves when a condition holds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 200_000;
  while (Date.now() < end) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it did not happen within 200 seconds");
}
