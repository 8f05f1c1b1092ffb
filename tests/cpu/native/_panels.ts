/** Layers whose weight gradients copy panels in all the ways there are. */
import type { Layer } from "../_conv2d.ts";

/** Rows of pixels with and without padding, whole and in blocks; and panels that are not full. */
export const panelLayers: readonly Layer[] = [
  { images: [3, 40, 32, 32], outputs: 21, kernel: [1, 1] },
  { images: [2, 16, 64, 64], outputs: 9, kernel: [1, 1] },
  { images: [5, 35, 17, 15], outputs: 12, kernel: [1, 1], stride: [2, 2] },
  { images: [2, 16, 21, 12], outputs: 8, kernel: [1, 1], stride: [3, 2] },
  { images: [2, 16, 9, 15], outputs: 8, kernel: [1, 1], stride: [2, 3] },
  { images: [3, 24, 9, 12], outputs: 10, kernel: [1, 1], padding: [1, 1], stride: [2, 2] },
  { images: [2, 16, 2, 8], outputs: 8, kernel: [1, 1], padding: [4, 1] },
  { images: [2, 16, 5, 8], outputs: 8, kernel: [1, 1], padding: [0, 9] },
  { images: [3, 24, 19, 21], outputs: 17, kernel: [3, 3], padding: [1, 1], stride: [2, 2] },
  { images: [1, 16, 40, 41], outputs: 12, kernel: [3, 3], padding: [2, 2] },
  { images: [1, 16, 90, 30], outputs: 12, kernel: [3, 3], padding: [3, 0], stride: [2, 1] },
  { images: [2, 17, 14, 20], outputs: 8, kernel: [2, 3], stride: [3, 1] },
  { images: [2, 48, 10, 11], outputs: 24, kernel: [3, 1], padding: [1, 0], groups: 2 },
  { images: [2, 16, 20, 26], outputs: 8, kernel: [3, 3], dilation: [3, 3], padding: [3, 3] },
  { images: [9, 33, 3, 3], outputs: 20, kernel: [3, 3], padding: [1, 1] },
  { images: [1, 16, 1, 600], outputs: 8, kernel: [1, 1] },
];
