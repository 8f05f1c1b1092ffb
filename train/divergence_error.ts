/** The loss is infinite or NaN, so training cannot continue. */
export class DivergenceError extends Error {
  /** The class's name, as messages show it. */
  override readonly name = "DivergenceError";
  /** Number of the epoch, from 1. */
  readonly epoch: number;

  /** Makes the error for an epoch, from 1, and its mean loss. */
  constructor(epoch: number, loss: number) {
    super(
      `Cannot continue training: the loss must be finite: current is ${loss} in epoch ${epoch}: ` +
        "use a lower learning rate, or clipByGlobalNorm",
    );
    this.epoch = epoch;
  }
}
