/**
 * Training of an LSTM in jax-js. It has no loop over steps, so all steps are written out.
 * @module
 */
import { oneHot } from "../inputs.ts";
import { RECURRENT_CLASSES, recurrentInputs } from "../recurrent_inputs.ts";
import type { Jax, JaxArray } from "./jax_js_api.ts";
import { trainingJob } from "./jax_js_training.ts";
import { CHECKED_STEPS, type Job, type RecurrentSubject } from "./protocol.ts";

interface Parameters {
  /** For each layer: input weight, hidden weight, input bias, hidden bias. */
  readonly lstm: readonly (readonly JaxArray[])[];
  readonly fc: readonly [weight: JaxArray, bias: JaxArray];
}

/** Training of layers of LSTM and a linear layer. */
export async function recurrent(
  jax: Jax,
  subject: RecurrentSubject & { readonly waitsForSteps: boolean },
): Promise<Job> {
  const { numpy: np } = jax;
  const { steps, batch, size, layers } = subject;
  const inputs = recurrentInputs(subject);
  const [weight, bias] = inputs.fc.map(({ data, shape }) => np.array(data, { shape }));
  const lstm = inputs.lstm.map(({ data, shape }) => np.array(data, { shape }));
  return await trainingJob<Parameters>(jax, {
    parameters: {
      lstm: Array.from({ length: layers }, (_, layer) => lstm.slice(4 * layer, 4 * layer + 4)),
      fc: [weight!, bias!],
    },
    x: np.array(inputs.x, { shape: [batch, steps, size] }),
    y: np.array(oneHot(inputs.y, RECURRENT_CLASSES), { shape: [batch, RECURRENT_CLASSES] }),
    loss(parameters, x, y) {
      let sequence: JaxArray[] = Array.from({ length: steps }, (_, t) => x.ref.slice([], t));
      x.dispose();
      for (const layer of parameters.lstm) sequence = runLayer(jax, layer, { sequence, size });
      const [fcWeight, fcBias] = parameters.fc;
      const last = sequence.pop()!;
      sequence.forEach((each) => each.dispose());
      const logits = np.matmul(last, np.matrixTranspose(fcWeight)).add(fcBias);
      return jax.nn.logSoftmax(logits, -1).mul(y).sum().mul(-1 / batch);
    },
    checkedSteps: CHECKED_STEPS,
    waitsForSteps: subject.waitsForSteps,
  });
}

function runLayer(
  { numpy: np, nn }: Jax,
  [wx, wh, bx, bh]: readonly JaxArray[],
  { sequence, size }: { readonly sequence: readonly JaxArray[]; readonly size: number },
): JaxArray[] {
  const [inputs, hidden, bias] = [np.matrixTranspose(wx!), np.matrixTranspose(wh!), bx!.add(bh!)];
  // the input's products of all steps at once, as in Gspace
  const projected = np.matmul(np.stack(sequence, 0), inputs).add(bias);
  let state: { h: JaxArray; c: JaxArray } | undefined;
  const outputs = sequence.map((_, t) => {
    const input = projected.ref.slice(t);
    const sum = state ? input.add(np.matmul(state.h, hidden.ref)) : input;
    const gate = (k: number) => sum.ref.slice([], [k * size, (k + 1) * size]);
    const [i, f, g, o] = [nn.sigmoid(gate(0)), nn.sigmoid(gate(1)), np.tanh(gate(2)), gate(3)];
    sum.dispose();
    const added = i.mul(g);
    const c = state ? f.mul(state.c).add(added) : added;
    if (!state) f.dispose();
    const h = nn.sigmoid(o).mul(np.tanh(c.ref));
    state = { h: h.ref, c };
    return h;
  });
  state?.h.dispose();
  state?.c.dispose();
  [projected, hidden].forEach((each) => each.dispose());
  return outputs;
}
