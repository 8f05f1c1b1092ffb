/**
 * The decoders of images. Loaded with the first image, so that programs without images start
 * without them.
 * @module
 */
export { unzlibSync, zlibSync } from "fflate";
export { decode as decodeJpeg } from "jpeg-js";
