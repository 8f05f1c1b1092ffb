import * as gs from "@gspace/gspace";

const backend = await gs.openGpu();
const response = await fetch("model.safetensors");
const program = await gs.loadProgram(new Uint8Array(await response.arrayBuffer()), { backend });
program.run({ x: Float32Array.of(0, 1) });
console.log((await program.read()).y);
