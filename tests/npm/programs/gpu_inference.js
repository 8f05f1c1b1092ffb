import * as gs from "@gspace/gspace";

const backend = await gs.openGpu();
const model = gs.initialize(
  new gs.Sequential([new gs.Linear(2, 16), new gs.ReLU(), new gs.Linear(16, 2)]),
);
const response = await fetch("model.safetensors");
const { tensors } = gs.decodeSafetensors(new Uint8Array(await response.arrayBuffer()));
gs.loadStateDict(model, tensors);
const predict = await gs.compile({ x: gs.f32([1, 2]) }, ({ x }) => ({
  outputs: { y: model.forward(x) },
}), { backend });
predict.run({ x: Float32Array.of(0, 1) });
console.log((await predict.read()).y);
