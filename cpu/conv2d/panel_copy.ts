/** Emits the copy of a panel of input channels into frames: a unit's addresses, a block's pixels. */
import type { Conv2dSizes } from "../../graph/kernel.ts";
import type { NativeProgram } from "../native/native_program.ts";
import type { FunctionBuilder, Local } from "../wasm/function_builder.ts";
import { emitInterleavedCopy } from "./interleave.ts";
import { emitNativeInterleave, interleaveOf } from "./native_interleave.ts";
import type { WeightGradientLayout, WeightGradientTiling } from "./weight_tiling.ts";
import type { WeightUnitLocals } from "./weight_units.ts";

/** The decisions about a weight gradient that its copies depend on. */
interface PanelPlan {
  readonly sizes: Conv2dSizes;
  readonly tiling: WeightGradientTiling;
  readonly layout: WeightGradientLayout;
}

/**
 * Emits the addresses of a unit's channels in the first image at `source`. The last channel is
 * repeated if the panel is not full.
 */
export function emitPanelAddresses(
  f: FunctionBuilder,
  { sizes, tiling }: PanelPlan,
  { source, at: { group, firstChannel } }: { source: Local; at: WeightUnitLocals },
): Local[] {
  const inputs = sizes.c / sizes.groups;
  const channel = f.local("i32");
  return Array.from({ length: tiling.lanes }, (_, lane) => {
    const address = f.local("i32");
    f.get(firstChannel).i32(lane).op("i32.add").tee(channel).i32(inputs - 1);
    f.get(channel).i32(inputs).op("i32.lt_s", "select").set(channel);
    f.get(group).i32(inputs).op("i32.mul").get(channel).op("i32.add");
    f.i32(4 * sizes.h * sizes.w).op("i32.mul").get(source).op("i32.add").set(address);
    return address;
  });
}

/** A block of pixels, whose panel is to be copied. */
interface PanelBlock {
  /** Addresses of the panel's channels in the first image. */
  readonly panel: readonly Local[];
  readonly at: WeightUnitLocals;
  readonly native: NativeProgram | undefined;
}

/** Emits the copy of a block, by native code if its rows allow that. */
export function emitPanelCopy(f: FunctionBuilder, plan: PanelPlan, block: PanelBlock): void {
  const { sizes, tiling: { lanes, native: nativeLanes } } = plan;
  const { native, at: { channelCount } } = block;
  const inputs = sizes.c / sizes.groups;
  const emit = (channels: number): void => {
    const shape = interleaveOf({ sizes, frame: plan.layout.frame, lanes, channels });
    if (native && nativeLanes === lanes && shape) emitNative(f, plan, { ...block, native, shape });
    else emitWasm(f, plan, block);
  };
  const rest = inputs % lanes;
  if (rest === 0) emit(lanes);
  else if (rest === inputs) emit(rest);
  else f.get(channelCount).i32(lanes).op("i32.eq").if(() => emit(lanes), () => emit(rest));
}

function emitNative(
  f: FunctionBuilder,
  { sizes, layout: { frame } }: PanelPlan,
  { panel: [first], at, ...code }:
    & Omit<PanelBlock, "native">
    & Pick<Parameters<typeof emitNativeInterleave>[1], "native" | "shape">,
): void {
  const source = f.local("i32");
  emitImageAddress(f, sizes, { channel: first!, image: at.firstImage, address: source });
  emitNativeInterleave(f, { ...code, sizes, frame }, {
    source,
    target: at.frames,
    images: at.imageCount,
    firstLine: at.firstLine,
  });
}

function emitWasm(
  f: FunctionBuilder,
  { sizes, layout: { frame } }: PanelPlan,
  { panel, at }: PanelBlock,
): void {
  const channels = panel.map((channel) => {
    const address = f.local("i32");
    emitImageAddress(f, sizes, { channel, image: at.firstImage, address });
    return address;
  });
  emitInterleavedCopy(f, frame, {
    channels,
    target: at.frames,
    images: at.imageCount,
    firstIndex: at.firstLine,
    sourceSize: [sizes.h, sizes.w],
    imageBytes: imageBytesOf(sizes),
  });
}

/** Sets the address of a channel in another image than the first. */
function emitImageAddress(
  f: FunctionBuilder,
  sizes: Conv2dSizes,
  { channel, image, address }: { channel: Local; image: Local; address: Local },
): void {
  f.get(channel, image).i32(imageBytesOf(sizes)).op("i32.mul", "i32.add").set(address);
}

function imageBytesOf({ c, h, w }: Conv2dSizes): number {
  return 4 * c * h * w;
}
