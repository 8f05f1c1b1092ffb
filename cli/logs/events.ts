/**
 * TensorBoard's events as protocol buffers: of `Event`, `Summary`, `Summary.Value` and
 * `SessionLog` the few fields that scalars need.
 * @module
 */

/** A number under a name, in the units that it is shown in. */
export type Scalar = readonly [tag: string, value: number];

type Bytes = readonly number[];

/** How a field is written: whole numbers, doubles, texts and messages, floats. */
const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

function varint(value: number): Bytes {
  const bytes: number[] = [];
  for (let rest = value; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(rest % 128 + (rest >= 128 ? 128 : 0));
  }
  return bytes;
}

function field(number: number, type: number, content: Bytes): Bytes {
  return [...varint(8 * number + type), ...content];
}

function message(number: number, content: Bytes): Bytes {
  return field(number, wire.bytes, [...varint(content.length), ...content]);
}

function text(number: number, value: string): Bytes {
  return message(number, [...new TextEncoder().encode(value)]);
}

function double(number: number, value: number): Bytes {
  const content = new DataView(new ArrayBuffer(8));
  content.setFloat64(0, value, true);
  return field(number, wire.fixed64, [...new Uint8Array(content.buffer)]);
}

function float(number: number, value: number): Bytes {
  const content = new DataView(new ArrayBuffer(4));
  content.setFloat32(0, value, true);
  return field(number, wire.fixed32, [...new Uint8Array(content.buffer)]);
}

/** An `Event` with its time, in seconds since 1970. */
function event(seconds: number, content: Bytes): Uint8Array {
  return Uint8Array.from([...double(1, seconds), ...content]);
}

/** The first event of a file: which version of the format it has. */
export function versionEvent(seconds: number): Uint8Array {
  return event(seconds, text(3, "brain.Event:2"));
}

/** Says that events of earlier files count only up to this step. */
export function restartEvent(seconds: number, step: number): Uint8Array {
  const status = field(1, wire.varint, varint(1)); // SessionLog.START
  // what TensorBoard drops begins with the step that it is told
  return event(seconds, [...field(2, wire.varint, varint(step + 1)), ...message(7, status)]);
}

/** Scalars of one step. */
export function scalarEvent(
  seconds: number,
  step: number,
  scalars: readonly Scalar[],
): Uint8Array {
  const values = scalars.flatMap(([tag, value]) =>
    message(1, [...text(1, tag), ...float(2, value)])
  );
  return event(seconds, [...field(2, wire.varint, varint(step)), ...message(5, values)]);
}
