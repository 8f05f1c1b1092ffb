// The page of tests/slow/browsers_test.ts: trains the networks, and posts the results, or its error.
import { train } from "./networks.mjs";

const bundle = "/gspace.mjs";

async function run() {
  const gs = await import(bundle);
  const backend = gs.openCpu({ threads: 2 });
  const results = await train(gs, backend, 5);
  const { description } = backend;
  backend[Symbol.dispose]();
  return { results, description };
}

const answer = await run().catch(({ stack, message }) => ({ error: `${message}\n${stack}` }));
await fetch("/answer", { method: "POST", body: JSON.stringify(answer) });
