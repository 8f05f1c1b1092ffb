import type { Dataset, RawArray, Split } from "../../datasets/mod.ts";
import { encodePng, type PixelImage, resizeImage } from "../../formats/mod.ts";

/** Largest width and height of a picture. Larger images are reduced. */
const LARGEST = 128;

/** Draws a sample of a split as a PNG file, in base64. */
export type SamplePicture = (split: Split, sample: number) => Promise<string>;

/** Whether samples are gray or color images. */
export function hasImages({ sampleShape }: Pick<Dataset, "sampleShape">): boolean {
  return sampleShape.length === 3 && [1, 3].includes(sampleShape[0]!);
}

/** How to draw the samples of a dataset of images. */
export function samplePictureOf({ sampleShape, train, normalization }: Dataset): SamplePicture {
  const [first, height = 1, width = 1] = sampleShape;
  const channels = first === 1 ? 1 : 3;
  const area = height * width;
  const { black, white } = rangeOf(train.x, normalization.scale);
  return async ({ x }, sample) => {
    const planes = x.subarray(sample * channels * area, (sample + 1) * channels * area);
    const data = Uint8Array.from(planes, (_, i) => {
      const value = planes[i % channels * area + Math.floor(i / channels)]!;
      return Math.round(255 * Math.min(1, Math.max(0, (value - black) / (white - black))));
    });
    const png = await encodePng(reduced({ width, height, channels, data }));
    return btoa(String.fromCharCode(...png));
  };
}

/** The values that are black and white: those of integers are known, those of floats measured. */
function rangeOf(x: RawArray, scale: number): { readonly black: number; readonly white: number } {
  if (!(x instanceof Float32Array)) return { black: 0, white: 1 / scale };
  let [black, white] = [Infinity, -Infinity];
  for (const value of x) {
    if (value < black) black = value;
    if (value > white) white = value;
  }
  return white > black ? { black, white } : { black, white: black + 1 };
}

function reduced(image: PixelImage): PixelImage {
  const scale = LARGEST / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const size = (whole: number) => Math.max(1, Math.round(scale * whole));
  return resizeImage(image, { width: size(image.width), height: size(image.height) });
}
