// A custom op: Mish(x) = x · tanh(log(1 + eˣ)) [Misra 2019]. One row makes it run on the GPU
// and on the CPU, differentiable twice, fused with its neighbors, and usable under vmap and jvp.
import * as gs from "@gspace/gspace";
import { s, unaryOp } from "@gspace/gspace/graph";

const mishOp = unaryOp("mish", {
  // how to compute an element
  expr: ([x]) => s.mul(x!, s.tanh(s.log1p(s.exp(x!)))),
  // d mish = tanh(softplus) + x · (1 − tanh²(softplus)) · sigmoid
  vjp: (g, { inputs: [node] }) => {
    const x = new gs.Tensor(node!);
    const t = gs.softplus(x).tanh();
    const slope = t.add(x.mul(t.square().rsub(1)).mul(x.sigmoid()));
    return [slope.mul(new gs.Tensor(g)).node];
  },
});

const mish = (x: gs.Tensor): gs.Tensor => new gs.Tensor(mishOp(x.node));

export async function main({ epochs = 6 } = {}) {
  using backend = await gs.openBackend("cpu");
  // the derivative that the row states, and the one that differences measure
  const x = gs.linspace(-4, 4, 33);
  const { tangent } = gs.jvp(mish, [x], [gs.ones([33])]);
  const measured = mish(x.add(1e-2)).sub(mish(x.sub(1e-2))).div(2e-2);
  const error = await tangent.sub(measured).abs().max().item({ backend });

  const data = await gs.loadDataset("digits");
  const layers = new gs.Sequential(new gs.Linear(64, 48), mish, new gs.Linear(48, 10));
  using model = gs.initialize(layers, { seed: 1 });
  using optimizer = new gs.Optimizer(model.parameters(), gs.adam({ learningRate: 5e-3 }));
  const options = { sampleShape: [64], batchSize: 64, epochs, backend };
  using trainer = new gs.Trainer({ model, optimizer, data, ...options });
  await trainer.train();
  const { accuracy } = await trainer.evaluate("test");

  // Mish is not homogeneous, so the units before it cannot be rescaled: G-SGD says so.
  const { report } = gs.planGsgd(trainer.graph);
  return { error, accuracy, report: gs.formatReport(report) };
}

if (import.meta.main) {
  const { error, accuracy, report } = await main();
  console.log(`derivative within ${error}, accuracy ${accuracy}\n\n${report}`);
}
