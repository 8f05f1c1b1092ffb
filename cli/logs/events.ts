/**
 * TensorBoard's events as protocol buffers: the fields of `Event`, `Summary`, `Summary.Value`, and
 * `SessionLog` that scalars need.
 * @module
 */

import { Message } from "../../onnx/file/protobuf.ts";

/** A tag and its number, in display units. */
export type Scalar = readonly [tag: string, value: number];

/** An `Event` with its time, in seconds since 1970. */
function event(seconds: number): Message {
  return new Message().double(1, seconds);
}

/** The first event of a file, with the version of the format. */
export function versionEvent(seconds: number): Uint8Array {
  return event(seconds).text(3, "brain.Event:2").finish();
}

/** Tells TensorBoard to drop events of earlier files after this step. */
export function restartEvent(seconds: number, step: number): Uint8Array {
  const status = new Message().int(1, 1); // SessionLog.START
  // TensorBoard drops events from the step of this one on
  return event(seconds).int(2, step + 1).message(7, status).finish();
}

/** An event with the scalars of one step. */
export function scalarEvent(
  seconds: number,
  step: number,
  scalars: readonly Scalar[],
): Uint8Array {
  const summary = new Message();
  for (const [tag, value] of scalars) {
    summary.message(1, new Message().text(1, tag).float(2, value));
  }
  return event(seconds).int(2, step).message(5, summary).finish();
}
