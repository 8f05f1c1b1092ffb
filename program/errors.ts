/** A file is no valid program, or its program does not fit the backend. */
export class ProgramError extends Error {
  /** The class name. */
  override readonly name = "ProgramError";
}
