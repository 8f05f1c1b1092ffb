// Forecasts a noisy seasonal series with an LSTM, several steps at once, and beats two naive guesses.
import * as gs from "@gspace/gspace";

const SEASON = 24; // steps of a day

/** Forecasts the next steps of series from their past, as a change from the last value. */
class Forecaster extends gs.Module {
  readonly lstm: gs.LSTM;
  readonly head: gs.Linear;

  constructor(hidden: number, readonly horizon: number) {
    super();
    this.lstm = new gs.LSTM(1, hidden, { numLayers: 2, batchFirst: true, dropout: 0.1 });
    this.head = new gs.Linear(hidden, horizon);
  }

  /** [batch, past] → [batch, horizon]. */
  override forward(past: gs.Tensor, context: gs.ForwardContext = gs.inference): gs.Tensor {
    const [batch, steps] = past.shape as [number, number];
    const { output } = this.lstm.forward({ x: past.reshape(batch, steps, 1) }, context);
    const last = output.narrow(1, -1, 1).squeeze(1);
    return this.head.forward(last).add(past.narrow(1, -1, 1));
  }
}

/** Days of load: a daily and a weekly rhythm, a trend that wanders, and noise. */
function makeSeries(length: number): Float32Array {
  const random = new gs.RandomStream(1, "series");
  let level = 0;
  return Float32Array.from({ length }, (_, t) => {
    level = 0.999 * level + 0.02 * random.normal(2 * t);
    const day = Math.sin(2 * Math.PI * t / SEASON) + 0.4 * Math.sin(4 * Math.PI * t / SEASON + 1);
    const week = t % (7 * SEASON) < 5 * SEASON ? 0.3 : -0.5;
    return day + week + level + 0.05 * random.normal(2 * t + 1);
  });
}

/** Windows that begin at the given times: the past, and what follows it. */
function windows(series: Float32Array, starts: readonly number[], past: number, horizon: number) {
  const rows = (first: number, size: number) =>
    Float32Array.from(
      starts.flatMap((start) => [...series.subarray(start + first, start + first + size)]),
    );
  return { x: rows(0, past), y: rows(past, horizon) };
}

/** Mean absolute error. */
function errorOf(forecast: ArrayLike<number>, truth: Float32Array): number {
  return truth.reduce((sum, value, i) => sum + Math.abs(value - forecast[i]!), 0) / truth.length;
}

export async function main({ steps = 600, batchSize = 32, hidden = 32, past = 72 } = {}) {
  const horizon = 12;
  const series = makeSeries(SEASON * 7 * 20);
  const trainEnd = Math.floor(series.length * 0.8);
  using backend = await gs.openBackend("cpu");
  using model = gs.initialize(new Forecaster(hidden, horizon), { seed: 1 });
  const learningRate = gs.cosine(1e-2, { steps });
  using optimizer = new gs.Optimizer(
    model.parameters(),
    gs.chain(gs.clipByGlobalNorm(1), gs.adam({ learningRate })),
  );
  const types = { x: gs.f32([batchSize, past]), y: gs.f32([batchSize, horizon]) };
  using step = await gs.compile(types, ({ x, y }) => {
    const output = model.forward(x, { training: true, counter: optimizer.step });
    const loss = gs.huberLoss(output, y);
    return { outputs: { loss }, updates: optimizer.minimize(loss) };
  }, { backend });

  const random = new gs.RandomStream(1, "batches");
  for (let i = 0; i < steps; i++) {
    const last = trainEnd - past - horizon;
    const starts = Array.from(
      { length: batchSize },
      (_, k) => Math.floor(random.uniform(i * batchSize + k) * last),
    );
    step.run(windows(series, starts, past, horizon));
    if (i % 250 !== 0) continue;
    console.log(`step ${i}: loss ${(await step.read()).loss[0]!.toFixed(4)}`);
  }

  return await compare(model, series.subarray(trainEnd), past, backend);
}

/** Forecasts a series that the model has not seen, one window after the other. */
async function compare(model: Forecaster, series: Float32Array, past: number, backend: gs.Backend) {
  const { horizon } = model;
  const count = Math.floor((series.length - past - horizon) / horizon);
  const starts = Array.from({ length: count }, (_, k) => k * horizon);
  const { x, y } = windows(series, starts, past, horizon);
  const forecast = await model.forward(gs.tensor(x, [count, past])).data({ backend });
  const lastValue = y.map((_, i) => x[(Math.floor(i / horizon) + 1) * past - 1]!);
  const dayBefore = y.map((_, i) =>
    x[(Math.floor(i / horizon) + 1) * past - SEASON + i % horizon]!
  );
  const errors = {
    lstm: errorOf(forecast, y),
    dayBefore: errorOf(dayBefore, y),
    lastValue: errorOf(lastValue, y),
  };
  return { errors, forecast: forecast.slice(0, horizon), truth: y.slice(0, horizon) };
}

if (import.meta.main) console.log((await main()).errors);
