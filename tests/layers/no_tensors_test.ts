// Layers and losses in code that is not type-checked: values that are not tensors are refused by name.
import { AssertionError, assertThrows } from "@std/assert";
import * as gs from "../../mod.ts";
import { trainingSubjects } from "../golden/training_subjects.ts";
import { refusesByName } from "../support/refuses_by_name.ts";

/** Their subjects compute with the inputs first. */
const exempt = ["Lambda", "klDiv", "nllLoss"];
const noTensors = [undefined, null, 3, "x", [1, 2], new Float32Array(4), { shape: [2, 2] }];
const inputs = ["x", "y", "z", "h", "c", "query", "key", "value", "src", "tgt", "memory"];
const context = { training: true, record: () => {} };

/** Fails if a call takes what it is given, or throws an error without a name. */
async function refuses(call: () => unknown, what: string): Promise<void> {
  let isTaken = false;
  await refusesByName(() => {
    call();
    isTaken = true;
  });
  if (isTaken) throw new AssertionError(`taken: ${what}`);
}

for (const [name, make] of Object.entries(trainingSubjects)) {
  if (exempt.includes(name)) continue;
  Deno.test(`${name} refuses values that are not tensors by name`, async () => {
    const { module, run } = make();
    if (module) gs.initialize(module, { seed: 1 });
    for (const value of noTensors) {
      const given = Object.fromEntries(inputs.map((input) => [input, value]));
      await refuses(() => run(given as never, context), `${Deno.inspect(value)} as inputs`);
      if (!module) continue;
      await refuses(() => module.forward(value as never, context), Deno.inspect(value));
    }
  });
}

Deno.test("other functions of layers and losses refuse it, too", () => {
  const array = new Float32Array(2) as never;
  assertThrows(() => new gs.Dropout(0.5).forward(array), TypeError, "must be a Tensor");
  assertThrows(() => gs.countCorrect(gs.zeros([2, 3]), array), TypeError, "must be a Tensor");
  assertThrows(() => gs.initialize(array, { seed: 1 }), TypeError, "must be a Module");
  for (const loss of [gs.nllLoss, gs.klDiv]) {
    assertThrows(() => loss(array, gs.zeros([2])), TypeError, "must be a Tensor");
  }
  const loss = () => gs.mse(gs.zeros([2, 1]), gs.zeros([2]));
  assertThrows(loss, gs.ShapeError, "Cannot apply mse to f32[2, 1] and f32[2]");
});
