import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  decodeImage,
  encodePng,
  ImageError,
  type PixelImage,
  readImageHeader,
  resizeImage,
  withChannels,
} from "../../formats/mod.ts";
import { upright } from "../../formats/exif.ts";
import { generator } from "../support/random.ts";
import { grayJpegFile, jpegFile, pngFile, type PngParts, withExif } from "./image_files.ts";

const random = generator(5);
const bytes = (count: number) => Uint8Array.from({ length: count }, () => 256 * random());

Deno.test("encodePng() and decodeImage() keep the pixels of odd sizes", async () => {
  for (const [width, height] of [[1, 1], [1, 7], [13, 1], [5, 3], [64, 33]] as const) {
    for (const channels of [1, 3] as const) {
      const image = { width, height, channels, data: bytes(width * height * channels) };
      const file = await encodePng(image);
      assertEquals(readImageHeader(file), { format: "PNG", width, height });
      assertEquals(await decodeImage(file), image);
      assertEquals(await encodePng(image), file);
    }
  }
});

/** All kinds of PNG, as the specification's table of color types. */
const kinds: readonly Pick<PngParts, "colorType" | "depth">[] = [
  ...[1, 2, 4, 8, 16].map((depth) => ({ colorType: 0, depth })),
  ...[8, 16].map((depth) => ({ colorType: 2, depth })),
  ...[1, 2, 4, 8].map((depth) => ({ colorType: 3, depth })),
  ...[8, 16].map((depth) => ({ colorType: 4, depth })),
  ...[8, 16].map((depth) => ({ colorType: 6, depth })),
];

Deno.test("PNG files of every kind, filter, and interlacing give the pixels they were made of", async () => {
  for (const kind of kinds) {
    for (const isInterlaced of [false, true]) {
      for (const [width, height] of [[1, 1], [3, 2], [9, 5], [17, 16]] as const) {
        const parts = { ...kind, width, height, isInterlaced, random };
        const { file, expected } = pngFile(parts);
        const image = await decodeImage(file);
        assertEquals(image, expected, JSON.stringify({ ...kind, isInterlaced, width, height }));
      }
    }
  }
});

Deno.test("a color that tRNS calls transparent becomes white", async () => {
  const { file } = pngFile({
    ...{ colorType: 0, depth: 8, width: 3, height: 1, isInterlaced: false, random },
    samples: [10, 20, 10],
    transparency: [0, 10],
  });
  assertEquals([...(await decodeImage(file)).data], [255, 20, 255]);
});

Deno.test("damaged PNG files are refused with the reason", async () => {
  const parts = { colorType: 0, depth: 8, width: 4, height: 4, isInterlaced: false, random };
  const { file } = pngFile(parts);
  const rows = new Uint8Array(20);
  const withRows = (raw: Uint8Array) => pngFile({ ...parts, raw }).file;
  const palette = pngFile({
    ...parts,
    colorType: 3,
    depth: 8,
    palette: [0, 0, 0],
    samples: Array(16).fill(3),
  });
  const large = { ...parts, width: 9000, height: 9000, raw: rows };
  const cases: readonly [Uint8Array, string][] = [
    [pngFile(large).file, "compressed rows of 81009000 bytes are at least"],
    [new Uint8Array(), "must be PNG or JPEG: current the file is empty"],
    [new TextEncoder().encode("note"), "first bytes are 6e 6f 74 65"],
    [new TextEncoder().encode("GIF89a"), "current format is GIF"],
    [new TextEncoder().encode("RIFF\0\0\0\0WEBPVP8 "), "current format is WebP"],
    [new TextEncoder().encode("RIFF\0\0\0\0WAVEfmt "), "first bytes are 52 49 46 46"],
    [new TextEncoder().encode("\0\0\0\x18ftypheic"), "current format is HEIC"],
    [file.subarray(0, 20), "begins with IHDR"],
    [file.subarray(0, file.length - 5), "the file is truncated"],
    [file.with(40, file[40]! ^ 1), "checksums of chunks must match"],
    [withRows(rows.subarray(1)), "rows of this PNG file are 20 bytes: current 19"],
    [withRows(new Uint8Array(1e6)), "rows of this PNG file are 20 bytes: current more"],
    [withRows(rows.with(5, 5)), "filter types are from 0 to 4: current 5"],
    [
      pngFile({ ...parts, width: 0, raw: rows }).file,
      "at least one pixel: current size is 0×4",
    ],
    [
      pngFile({ ...parts, width: 20_000, height: 20_000, raw: rows }).file,
      "at most 100000000 pixels",
    ],
    [pngFile({ ...parts, depth: 3, raw: rows }).file, "color type and bits must be valid"],
    [palette.file, "an index is below the 1 colors: current 3"],
    [pngFile({ ...parts, packed: Uint8Array.of(1, 2, 3) }).file, "PNG data must be valid"],
  ];
  for (const [bad, message] of cases) {
    const error = await assertRejects(() => decodeImage(bad), ImageError);
    assertStringIncludes(error.message, message);
  }
});

Deno.test("JPEG files, gray and color, are decoded, and truncated ones are refused", async () => {
  const gray = { width: 8, height: 8, channels: 1, data: new Uint8Array(64).fill(138) } as const;
  assertEquals(await decodeImage(grayJpegFile()), gray);
  const pixel = [200, 90, 30] as const;
  const color = jpegFile({ width: 17, height: 9, color: () => pixel });
  const image = await decodeImage(color);
  assertEquals([image.width, image.height, image.channels], [17, 9, 3]);
  assert(image.data.every((value, i) => Math.abs(value - pixel[i % 3]!) <= 3));
  assertEquals(readImageHeader(color), { format: "JPEG", width: 17, height: 9 });
  const view = new DataView(color.buffer, color.byteOffset);
  const frame = color.findIndex((byte, i) => byte === 0xff && color[i + 1] === 0xc0);
  const claiming = color.slice();
  claiming.set([0x20, 0, 0x20, 0], frame + 5);
  await assertRejects(() => decodeImage(claiming), ImageError, "a byte or more for 512 pixels");
  assertEquals(view.getUint16(frame + 5), 9);
  for (const length of [color.length - 2, color.length >> 1, 30, 4]) {
    await assertRejects(() => decodeImage(color.subarray(0, length)), ImageError);
  }
});

Deno.test("photographs are turned upright as their Exif data say", async () => {
  // dark on the left, bright on the right
  const file = jpegFile({
    width: 32,
    height: 16,
    color: (x) => x < 16 ? [20, 20, 20] : [220, 220, 220],
  });
  const turned = withExif(file, 6); // the camera was turned: rows are columns
  assertEquals(readImageHeader(turned), { format: "JPEG", width: 16, height: 32 });
  const { width, height, data } = await decodeImage(turned);
  assertEquals([width, height], [16, 32]);
  assert(data[0]! < 60 && data.at(-1)! > 180);
});

Deno.test("each Exif orientation moves the corners as the standard says", () => {
  // pixels of a 3×2 image by row and column; what is in the top left and bottom right when upright
  const image: PixelImage = {
    width: 3,
    height: 2,
    channels: 1,
    data: Uint8Array.of(0, 1, 2, 3, 4, 5),
  };
  const rows = [
    [0, 1, 2, 3, 4, 5],
    [2, 1, 0, 5, 4, 3],
    [5, 4, 3, 2, 1, 0],
    [3, 4, 5, 0, 1, 2],
    [0, 3, 1, 4, 2, 5],
    [3, 0, 4, 1, 5, 2],
    [5, 2, 4, 1, 3, 0],
    [2, 5, 1, 4, 0, 3],
  ];
  rows.forEach((expected, i) => {
    const { width, height, data } = upright(image, i + 1);
    assertEquals([width, height], i < 4 ? [3, 2] : [2, 3]);
    assertEquals([...data], expected, `orientation ${i + 1}`);
  });
});

Deno.test("resizeImage() keeps flat images flat, means, and the size it is given", () => {
  for (const [width, height] of [[1, 1], [7, 5], [40, 3], [33, 64]] as const) {
    for (
      const size of [{ width: 1, height: 1 }, { width: 8, height: 8 }, { width: 50, height: 20 }]
    ) {
      const flat = {
        width,
        height,
        channels: 3,
        data: new Uint8Array(width * height * 3).fill(77),
      } as const;
      const out = resizeImage(flat, size);
      assertEquals([out.width, out.height, out.data.length], [
        size.width,
        size.height,
        3 * size.width * size.height,
      ]);
      assert(out.data.every((value) => value === 77));
    }
  }
  const halves = {
    width: 4,
    height: 2,
    channels: 1,
    data: Uint8Array.of(0, 0, 200, 200, 0, 0, 200, 200),
  } as const;
  // a triangle of radius 2 around 1 weighs the pixels 3, 3, and 1, of 7 in all
  assertEquals([...resizeImage(halves, { width: 2, height: 1 }).data], [29, 171]);
  assertEquals(resizeImage(halves, { width: 4, height: 2 }), halves);
  assertThrows(() => resizeImage(halves, { width: 0, height: 2 }), RangeError, "width");
});

Deno.test("resizeImage() cuts the middle out of a wide image", () => {
  const data = Uint8Array.from({ length: 12 }, (_, i) => 10 * (i % 6));
  const wide = { width: 6, height: 2, channels: 1, data } as const;
  assertEquals([...resizeImage(wide, { width: 2, height: 2 }).data], [20, 30, 20, 30]);
});

Deno.test("colors become gray as luma, and gray becomes color by repetition", () => {
  const color = {
    width: 1,
    height: 2,
    channels: 3,
    data: Uint8Array.of(255, 0, 0, 10, 20, 30),
  } as const;
  assertEquals([...withChannels(color, 1).data], [76, 18]);
  assertEquals([...withChannels(withChannels(color, 1), 3).data], [76, 76, 76, 18, 18, 18]);
  assertEquals(withChannels(color, 3), color);
});

Deno.test("encodePng() refuses data of another size", async () => {
  const image = { width: 2, height: 2, channels: 1, data: new Uint8Array(3) } as const;
  await assertRejects(() => encodePng(image), ImageError, "current is 3 values for 2×2×1");
});
