import * as gs from "@gspace/gspace";

// The argument is the program to import.
const { train } = await import(process.argv[2]);

const backend = await gs.openBackend("cpu");
const losses = await train(gs, backend, 200);
const { name, train: { count } } = await gs.loadDataset("digits");
const { description } = backend;
backend[Symbol.dispose]();
console.log(JSON.stringify({ losses, description, dataset: `${name}: ${count}` }));
