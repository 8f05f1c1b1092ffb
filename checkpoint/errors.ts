/**
 * Errors of reading and writing checkpoints.
 * @module
 */
import { escapeControls } from "./escape.ts";

/** The location of a {@link SafetensorsError} in a file. */
export interface SafetensorsErrorPlace {
  /** Name of the tensor. */
  readonly tensor?: string;
  /** Offset of the first invalid byte in the file. */
  readonly byteOffset?: number;
}

/** A safetensors file, or data to be written as one, is invalid. */
export class SafetensorsError extends Error {
  /** Name of the class. */
  override readonly name = "SafetensorsError";
  /** Name of the tensor, if the error is about one. */
  readonly tensor: string | undefined;
  /** Offset of the first invalid byte in the file, if there is one. */
  readonly byteOffset: number | undefined;

  /** Creates the error. `message` should include the place. */
  constructor(message: string, place: SafetensorsErrorPlace = {}) {
    super(message);
    this.tensor = place.tensor;
    this.byteOffset = place.byteOffset;
  }
}

/** An `.npy` or `.npz` file, or data to be written as one, is invalid. */
export class NpyError extends Error {
  /** Name of the class. */
  override readonly name = "NpyError";
  /** Name of the array or archive member, if the error is about one. */
  readonly tensor: string | undefined;

  /** Creates the error. `message` should include the tensor. */
  constructor(message: string, options: ErrorOptions & { readonly tensor?: string } = {}) {
    super(message, options);
    this.tensor = options.tensor;
  }
}

/** Why a file could not be read or written. */
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
  | "no file access"
  | "input/output error";

/** A file could not be read or written. */
export class FileError extends Error {
  /** Name of the class. */
  override readonly name = "FileError";
  /** The path, as given. */
  readonly path: string;
  /** The reason. */
  readonly reason: FileErrorReason;

  /** Creates the error. */
  constructor(
    message: string,
    details: {
      /** The path, as given. */
      readonly path: string;
      /** The reason. */
      readonly reason: FileErrorReason;
      /** The error of the system. */
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: details.cause });
    this.path = details.path;
    this.reason = details.reason;
  }
}

/** Formats a name from a file for messages: quoted, escaped, and truncated. */
export function quoteName(name: string): string {
  const shown = name.length > 80 ? `${name.slice(0, 77)}...` : name;
  // JSON.stringify escapes quotes, backslashes, and line feeds
  return escapeControls(JSON.stringify(shown.toWellFormed()));
}
