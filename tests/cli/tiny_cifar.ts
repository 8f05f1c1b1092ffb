/** A few images in the layout of CIFAR-10 that a small network can classify. */
import { generator } from "../support/random.ts";

const RECORD_BYTES = 3073;

/** Labels 0 to 4: the brightness of five stripes of different colors, with noise. */
function records(count: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count * RECORD_BYTES);
  const random = generator(seed);
  for (let image = 0; image < count; image++) {
    const label = image % 5;
    const start = image * RECORD_BYTES;
    bytes[start] = label;
    for (let pixel = 0; pixel < 3072; pixel++) {
      const [channel, row] = [Math.floor(pixel / 1024), Math.floor(pixel / 32) % 32];
      const bright = (row + 7 * label) % (label + 2) === 0 && channel !== label % 3;
      bytes[start + 1 + pixel] = (bright ? 160 : 60) + 40 * random();
    }
  }
  return bytes;
}

/** Number of images that `writeTinyCifar` makes for training. */
export const TRAIN_COUNT = 20;

/** Writes a data folder with 20 images for training and 10 for testing. */
export async function writeTinyCifar(folder: string): Promise<void> {
  await Deno.writeFile(`${folder}/data_batch_1.bin`, records(TRAIN_COUNT, 1));
  await Deno.writeFile(`${folder}/test_batch.bin`, records(10, 2));
}
