import { NpyError, SafetensorsError } from "../checkpoint/mod.ts";
import { CsvError } from "../formats/mod.ts";

/**
 * Decodes a file of a dataset. Errors about its format name the dataset, since there may be a second
 * file with the test split.
 */
export function decodeFor<T>(dataset: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw named(dataset, error);
  }
}

/** The same for decoders that return promises. */
export async function awaitFor<T>(dataset: string, decode: () => Promise<T>): Promise<T> {
  return await decode().catch((error) => {
    throw named(dataset, error);
  });
}

function named(dataset: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const message = `Cannot read dataset "${dataset}": ${error.message.replace(/^Cannot \w+ /, "")}`;
  if (error instanceof CsvError) {
    return new CsvError(message, { cause: error, ...given({ row: error.row }) });
  }
  if (error instanceof NpyError) {
    return new NpyError(message, { cause: error, ...given({ tensor: error.tensor }) });
  }
  if (!(error instanceof SafetensorsError)) return error;
  const { tensor, byteOffset } = error;
  return new SafetensorsError(message, given({ tensor, byteOffset }));
}

/** The entries that are not undefined. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
