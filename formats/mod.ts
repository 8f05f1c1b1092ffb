/**
 * Files of other programs: PNG and JPEG images, and CSV tables. The only place for their decoders,
 * which are npm packages and loaded when the first file needs them.
 * @module
 */
import "../graph/dispose.ts";
export { type OnRecord, readCsv } from "./csv.ts";
export {
  decodeImage,
  type DecodeImageOptions,
  encodePng,
  type ImageHeader,
  readImageHeader,
} from "./decode_image.ts";
export { CsvError, ImageError } from "./errors.ts";
export { type ChannelCount, type PixelImage, withChannels } from "./image.ts";
export { type ImageSize, resizeImage } from "./resize.ts";
