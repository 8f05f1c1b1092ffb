/**
 * The errors that Gspace throws. A message reads
 * *Cannot ⟨action⟩ ⟨on what⟩: ⟨rule⟩: current ⟨…⟩*.
 * @module
 */

/** The shapes of an op's inputs do not fit together. */
export class ShapeError extends TypeError {
  /** Name of the class. */
  override readonly name = "ShapeError";
}

/** The element types of an op's inputs do not fit together. */
export class DTypeError extends TypeError {
  /** Name of the class. */
  override readonly name = "DTypeError";
}

/** A graph breaks a rule, or a pass cannot do what was asked of it. */
export class GraphError extends Error {
  /** Name of the class. */
  override readonly name = "GraphError";
}

/** The device, or the memory of it, failed. */
export class DeviceError extends Error {
  /** Name of the class. */
  override readonly name: string = "DeviceError";
}

/** The device has no room left for a buffer. */
export class OutOfMemoryError extends DeviceError {
  /** Name of the class. */
  override readonly name: string = "OutOfMemoryError";
}

/** The device went away (driver reset, unplugged, or destroyed). */
export class DeviceLostError extends DeviceError {
  /** Name of the class. */
  override readonly name: string = "DeviceLostError";
}
