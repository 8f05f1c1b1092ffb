/**
 * The errors of reading and writing checkpoints.
 * @module
 */
import { escapeControls } from "./escape.ts";

/** Where in a file a {@link SafetensorsError} arose. */
export interface SafetensorsErrorPlace {
  /** Name of the tensor concerned. */
  readonly tensor?: string;
  /** Offset in the file of the first byte that breaks the rule. */
  readonly byteOffset?: number;
}

/** A safetensors file, or what was to become one, breaks a rule of the format. */
export class SafetensorsError extends Error {
  /** The class's name, as messages show it. */
  override readonly name = "SafetensorsError";
  /** Name of the tensor concerned, where the error is about one. */
  readonly tensor: string | undefined;
  /** Offset in the file of the first byte that breaks the rule, where there is one. */
  readonly byteOffset: number | undefined;

  /** Makes the error; `place` is kept as fields, so `message` should name it too. */
  constructor(message: string, place: SafetensorsErrorPlace = {}) {
    super(message);
    this.tensor = place.tensor;
    this.byteOffset = place.byteOffset;
  }
}

/** An `.npy` or `.npz` file, or what was to become one, breaks a rule of the format. */
export class NpyError extends Error {
  /** The class's name, as messages show it. */
  override readonly name = "NpyError";
  /** Name of the array or archive member concerned, where there is one. */
  readonly tensor: string | undefined;

  /** Makes the error; `tensor` is kept as a field, so `message` should name it too. */
  constructor(message: string, options: ErrorOptions & { readonly tensor?: string } = {}) {
    super(message, options);
    this.tensor = options.tensor;
  }
}

/** Why the operating system, or Deno's permissions, refused to read or write a file. */
export type FileErrorReason =
  | "not found"
  | "permission denied"
  | "permission not granted"
  | "is a directory"
  | "not a directory"
  | "not a regular file"
  | "too large"
  | "no space left"
  | "read-only file system"
  | "input/output error";

/** A file could not be read or written. */
export class FileError extends Error {
  /** The class's name, as messages show it. */
  override readonly name = "FileError";
  /** The path as it was given. */
  readonly path: string;
  /** Why, as one of a few fixed phrases. */
  readonly reason: FileErrorReason;

  /** Makes the error; `cause` keeps the system's own error. */
  constructor(
    message: string,
    details: {
      /** The path as it was given. */
      readonly path: string;
      /** Why, as one of a few fixed phrases. */
      readonly reason: FileErrorReason;
      /** The system's own error. */
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: details.cause });
    this.path = details.path;
    this.reason = details.reason;
  }
}

/** A name from a file as it may stand in a message: quoted, escaped, and not too long. */
export function quoteName(name: string): string {
  const shown = name.length > 80 ? `${name.slice(0, 77)}...` : name;
  // JSON.stringify escapes quotes, backslashes, and line feeds
  return escapeControls(JSON.stringify(shown.toWellFormed()));
}
