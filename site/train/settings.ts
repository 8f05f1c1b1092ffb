/** The setting of the default run of `deno task train`. */

/** Sizes of the layers. */
export const LAYERS = [49, 32, 32, 10] as const;
/** Samples of a step. */
export const BATCH_SIZE = 64;
/** Step size of all optimizers. */
export const LEARNING_RATE = 0.01;
/** Of the initial weights and of the order of samples. */
export const SEED = 1;
/** Number of training samples on which the loss is measured. */
export const PROBE = 5000;
/** Points of a curve per epoch. */
export const POINTS_PER_EPOCH = 20;
