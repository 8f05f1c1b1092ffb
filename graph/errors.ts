/**
 * The errors that Gspace throws. A message reads
 * *Cannot ⟨action⟩ ⟨on what⟩: ⟨rule⟩: current ⟨…⟩*.
 * @module
 */

/** The shapes of an op's inputs are not compatible. */
export class ShapeError extends TypeError {
  /** The class name. */
  override readonly name = "ShapeError";
}

/** The element types of an op's inputs are not compatible. */
export class DTypeError extends TypeError {
  /** The class name. */
  override readonly name = "DTypeError";
}

/** A graph is invalid, or a pass cannot be applied to it. */
export class GraphError extends Error {
  /** The class name. */
  override readonly name = "GraphError";
}

/** The device failed. */
export class DeviceError extends Error {
  /** The class name. */
  override readonly name: string = "DeviceError";
}

/** The device has no memory left for a buffer. */
export class OutOfMemoryError extends DeviceError {
  /** The class name. */
  override readonly name: string = "OutOfMemoryError";
}

/** The device was lost (driver reset, unplugged, or destroyed). */
export class DeviceLostError extends DeviceError {
  /** The class name. */
  override readonly name: string = "DeviceLostError";
}
