/** The layout of frames, which are the parts of a source that blocks of results read. */
import type { Gather, Tap } from "./geometry.ts";

/**
 * One axis of a *frame*, the part of a source that a block of results reads. Source positions
 * `step` apart become adjacent: index `f` of phase `p` is source position
 * `origin + phases[p] + f · step`. Phases that no tap reads are omitted.
 */
export interface FrameAxis {
  readonly origin: number;
  readonly step: number;
  readonly phases: readonly number[];
  /** Number of indices past a result's position that taps reach. */
  readonly reach: number;
}

/** The frame axis for taps at these offsets. */
function frameAxis(offsets: readonly number[], step: number): FrameAxis {
  const origin = offsets.length === 0 ? 0 : Math.min(...offsets);
  const phases = [...new Set(offsets.map((offset) => (offset - origin) % step))]
    .sort((a, b) => a - b);
  const reach = Math.max(0, ...offsets.map((offset) => Math.floor((offset - origin) / step)));
  return { origin, step, phases, reach };
}

/**
 * A frame axis with a phase for each offset, even if phases then share source positions. No tap
 * reaches past a result's position, so that positions need no gap between rows.
 */
function denseAxis(offsets: readonly number[], step: number): FrameAxis {
  const { origin } = frameAxis(offsets, step);
  const phases = [...new Set(offsets.map((offset) => offset - origin))].sort((a, b) => a - b);
  return { origin, step, phases, reach: 0 };
}

/** The axes of the frames of all classes, with dense columns if given. */
export function frameAxes(
  { classes, sourceStep }: Gather,
  dense = false,
): { rows: FrameAxis; columns: FrameAxis } {
  const taps = classes.flatMap((one) => one.taps);
  const columns = taps.map(({ column }) => column);
  return {
    rows: frameAxis(taps.map(({ row }) => row), sourceStep[0]),
    columns: (dense ? denseAxis : frameAxis)(columns, sourceStep[1]),
  };
}

/** The phase and index of a tap's source position for result 0 on a frame axis. */
function placeOnAxis(
  { origin, step, phases }: FrameAxis,
  offset: number,
): { phase: number; index: number } {
  const index = (phase: number) => (offset - origin - phase) / step;
  // The last one: of the phases of a dense axis, it has the index 0.
  const phase = phases.findLastIndex((one) =>
    one <= offset - origin && Number.isInteger(index(one))
  );
  return { phase, index: index(phases[phase]!) };
}

/**
 * The memory layout of a frame: [image][channel][row index][row phase][column phase][column index],
 * or [image][channel][row phase][column phase][row index][column index] if it is planar.
 */
export interface Frame {
  readonly rows: FrameAxis;
  readonly columns: FrameAxis;
  /** Row and column indices of a frame. */
  readonly height: number;
  readonly width: number;
  /** Bytes per index: 4, or more if several channels are interleaved. */
  readonly elementBytes: number;
  /** Bytes between adjacent column phases. */
  readonly phaseBytes: number;
  /** Bytes between adjacent row phases. */
  readonly rowBytes: number;
  /** Bytes between adjacent row indices. */
  readonly indexBytes: number;
  readonly channelBytes: number;
}

/** Computes the layout of the frame that `height` × `width` results of each class read. */
export function layFrame(
  { rows, columns }: { rows: FrameAxis; columns: FrameAxis },
  [height, width]: readonly [number, number],
  elementBytes: number,
): Frame {
  const frameHeight = height + rows.reach;
  const frameWidth = width + columns.reach;
  const phaseBytes = frameWidth * elementBytes;
  const rowBytes = phaseBytes * columns.phases.length;
  const indexBytes = rowBytes * rows.phases.length;
  const tight = indexBytes * frameHeight;
  return {
    rows,
    columns,
    height: frameHeight,
    width: frameWidth,
    elementBytes,
    phaseBytes,
    rowBytes,
    indexBytes,
    // Avoids power-of-two distances between channels, which map to the same few cache sets.
    channelBytes: tight % 256 === 0 ? tight + 64 : tight,
  };
}

/**
 * Computes the layout of a planar frame, in which adjacent rows are adjacent in memory whatever the
 * step, so that all positions of a channel are one run.
 */
export function layPlanarFrame(
  { rows, columns }: { rows: FrameAxis; columns: FrameAxis },
  [height, width]: readonly [number, number],
): Frame {
  const frame = layFrame({ rows, columns }, [height, width], 4);
  const indexBytes = 4 * frame.width;
  const phaseBytes = indexBytes * frame.height;
  return { ...frame, indexBytes, phaseBytes, rowBytes: phaseBytes * columns.phases.length };
}

/** Byte offset of a tap relative to a result's position in the frame. */
export function tapOffset(frame: Frame, { row, column }: Tap): number {
  const y = placeOnAxis(frame.rows, row);
  const x = placeOnAxis(frame.columns, column);
  return y.index * frame.indexBytes + y.phase * frame.rowBytes + x.phase * frame.phaseBytes +
    x.index * frame.elementBytes;
}
