// G-SGD on a custom network: two branches that are joined, a residual block, and a report of
// what is invariant. A twin with rescaled units computes the same function and trains to the same
// weights in G-space, while plain SGD takes the two apart.
import * as gs from "@gspace/gspace";

class Net extends gs.Module {
  readonly wide = new gs.Linear(64, 24);
  readonly narrow = [new gs.Linear(64, 8), new gs.Linear(8, 8)] as const;
  readonly block = { inner: new gs.Linear(32, 16), outer: new gs.Linear(16, 32) };
  readonly head = new gs.Linear(32, 10);

  override forward(x: gs.Tensor): gs.Tensor {
    const left = this.wide.forward(x).relu();
    const right = this.narrow[1].forward(this.narrow[0].forward(x).relu()).leakyRelu(0.1);
    const joined = gs.concat([left, right], 1);
    const inner = this.block.inner.forward(joined).relu();
    return this.head.forward(joined.add(this.block.outer.forward(inner)).relu());
  }
}

interface Run {
  readonly isTwin: boolean;
  readonly useGsgd: boolean;
  readonly epochs: number;
}

/** Trains the network, or its twin. Resolves to the losses, the accuracy, and the report. */
async function train(backend: gs.Backend, { isTwin, useGsgd, epochs }: Run) {
  const data = await gs.loadDataset("digits");
  using model = gs.initialize(new Net(), { seed: 1 });
  using optimizer = new gs.Optimizer(model.parameters(), gs.sgd({ learningRate: 0.05 }));
  const passes = useGsgd ? [gs.gsgd({ residual: "tied" })] : [];
  const options = { sampleShape: [64], batchSize: 64, epochs, passes, backend, seed: 1 };
  using trainer = new gs.Trainer({ model, optimizer, data, ...options });
  const plan = gs.planGsgd(trainer.graph, { residual: "tied" });
  gs.initializeSkeleton(plan, model.parameters(), "one");
  // multiplies the in-weights of units by powers of two and divides their out-weights by them
  const twin = { range: 8, powersOfTwo: true, seed: 3 };
  if (isTwin) gs.rescaleNodes(plan, model.parameters(), twin);
  const losses = (await trainer.train()).map(({ loss }) => loss);
  const { accuracy } = await trainer.evaluate("test");
  return { losses, accuracy, report: gs.formatReport(plan.report) };
}

export async function main({ epochs = 5 } = {}) {
  using backend = await gs.openBackend("cpu");
  const inGSpace = await train(backend, { isTwin: false, useGsgd: true, epochs });
  const twin = await train(backend, { isTwin: true, useGsgd: true, epochs });
  const plain = await train(backend, { isTwin: false, useGsgd: false, epochs });
  const plainTwin = await train(backend, { isTwin: true, useGsgd: false, epochs });
  return { inGSpace, twin, plain, plainTwin };
}

if (import.meta.main) {
  const { inGSpace, twin, plain, plainTwin } = await main();
  console.log(inGSpace.report, "\n");
  console.table({
    "G-SGD": inGSpace.losses,
    "G-SGD, twin": twin.losses,
    SGD: plain.losses,
    "SGD, twin": plainTwin.losses,
  });
}
