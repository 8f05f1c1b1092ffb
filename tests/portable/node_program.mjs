import { train } from "./xor.mjs";

// The first argument is the bundle to import.
const gs = await import(process.argv[2]);
const backend = await gs.openBackend("cpu");
const losses = await train(gs, backend, 200);
console.log(JSON.stringify({ losses, description: backend.description }));
backend[Symbol.dispose]();
