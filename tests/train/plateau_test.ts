import { assertEquals, assertThrows } from "@std/assert";
import { holdOut, makeSynthetic } from "../../datasets/mod.ts";
import { initialize, Linear } from "../../layers/mod.ts";
import { Optimizer, ReduceLROnPlateau, sgd } from "../../optim/mod.ts";
import {
  type EpochResult,
  nothingSelected,
  select,
  type Selection,
  Trainer,
} from "../../train/mod.ts";
import { cpuTest } from "../cpu/_backend.ts";

cpuTest("ReduceLROnPlateau reduces the learning rate of a compiled step", async (backend) => {
  using plateau = new ReduceLROnPlateau(2 ** -10, { factor: 0.25, patience: 1, eps: 0 });
  const data = holdOut(
    makeSynthetic({ seed: 1, classes: 2, sampleShape: [3], trainCount: 12, testCount: 0 }),
    { count: 4, seed: 1 },
  );
  using model = initialize(new Linear(3, 2), { seed: 1 });
  const rates: number[] = [];
  const moves: number[] = [];
  const [weight] = model.parameters();
  // the rate is too small to change a prediction, so no validation improves on the first
  using optimizer = new Optimizer(model.parameters(), sgd({ learningRate: plateau.schedule }));
  let before = [...weight!.hostValue()!];
  const onEpoch = async ({ validation }: EpochResult) => {
    const after = [...await weight!.data()];
    moves.push(after.reduce((sum, value, i) => sum + Math.abs(value - before[i]!), 0));
    before = after;
    plateau.step(1 - validation!.accuracy);
    rates.push(plateau.rate * 2 ** 10);
  };
  using trainer = new Trainer({
    model,
    optimizer,
    data,
    batchSize: 8,
    epochs: 6,
    onEpoch,
    backend,
  });
  await trainer.train();
  assertEquals(rates, [1, 1, 0.25, 0.25, 0.0625, 0.0625]);
  const ratio = (epoch: number) => Math.round(moves[epoch]! / moves[epoch - 1]! * 100) / 100;
  assertEquals([ratio(1), ratio(2), ratio(3), ratio(4), ratio(5)], [1, 1, 0.25, 1, 0.25]);
});

Deno.test("select() keeps the first of the lowest errors, and counts the validations since", () => {
  const all = [0.5, 0.25, 0.25, 0.75, 0.125].map((validationError) => ({ validationError }));
  let selection: Selection<{ readonly validationError: number }> = nothingSelected;
  const found = all.map((measured) => {
    selection = select(selection, measured);
    return [all.indexOf(selection.best!), selection.since];
  });
  assertEquals(found, [[0, 0], [1, 0], [1, 1], [1, 2], [4, 0]]);
  assertThrows(() => select(nothingSelected, { validationError: NaN }), RangeError, "finite");
});
