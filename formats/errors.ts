/** An image file cannot be decoded. */
export class ImageError extends Error {
  /** Name of the class. */
  override readonly name = "ImageError";
}

/** A CSV file is invalid. */
export class CsvError extends Error {
  /** Name of the class. */
  override readonly name = "CsvError";
  /** Number of the invalid record, from 1 on; the header counts. */
  readonly row: number | undefined;

  /** Creates the error. `message` should include the row. */
  constructor(message: string, options: ErrorOptions & { readonly row?: number } = {}) {
    super(message, options);
    this.row = options.row;
  }
}

/** Creates the error for a file that breaks a rule. */
export function invalidImage(rule: string, current: string, cause?: unknown): ImageError {
  return new ImageError(`Cannot decode an image: ${rule}: current ${current}`, { cause });
}

/** Runs a decoder of a package, whose errors become typed. */
export function decodeWith<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalidImage(`the ${what} must be valid`, `error is "${reason}"`, cause);
  }
}
