/** Emits the parts of a run that threads share. */
import type { Section } from "../../graph/plan_sections.ts";
import type { ModuleBuilder } from "../wasm/assembler.ts";
import type { FunctionBuilder, FunctionHandle, Local } from "../wasm/function_builder.ts";
import { emitTickets, type Tickets } from "./tickets.ts";

/** A stage's function. */
export interface StageCode {
  /** `(chunk, table, scratch)`. A stage that is not shared has one chunk. */
  readonly handle: FunctionHandle;
  readonly chunks: number;
}

/** The locals of a run. */
export interface RunLocals {
  readonly stage: Local;
  readonly table: Local;
  readonly scratch: Local;
  readonly chunk: Local;
}

/** The stages of a module that threads share. */
export class SharedStages {
  readonly #tickets: Tickets;

  /** Adds the functions that synchronize threads to the module. */
  constructor(module: ModuleBuilder, options: { readonly mainMaySleep: boolean }) {
    this.#tickets = emitTickets(module, options);
  }

  /** The sections of shared stages, and the loops around them. */
  among(sections: readonly Section<StageCode>[]): Section<StageCode>[] {
    return sections.flatMap((section): Section<StageCode>[] => {
      if (section.kind === "loop") {
        const body = this.among(section.body);
        return body.length > 0 ? [{ ...section, body }] : [];
      }
      const dispatches = section.dispatches.filter(({ chunks }) => chunks > 0);
      return dispatches.length > 0 ? [{ ...section, dispatches }] : [];
    });
  }

  /** Emits a worker's part of a stage: wait for it to open, then take chunks until none is left. */
  emitHelp(f: FunctionBuilder, code: StageCode, locals: RunLocals): void {
    const { enter, finishOne } = this.#tickets;
    f.get(locals.stage).i32(1).op("i32.add").tee(locals.stage).call(enter);
    this.#emitChunks(f, code, locals, () => f.call(finishOne));
  }

  /** Emits the main thread's part of a stage: open it, take chunks, and wait for the workers. */
  emitLead(f: FunctionBuilder, code: StageCode, locals: RunLocals): void {
    const { open, finishAll } = this.#tickets;
    const others = f.local("i32");
    f.i32(code.chunks).set(others);
    f.get(locals.stage).i32(1).op("i32.add").tee(locals.stage).call(open);
    this.#emitChunks(f, code, locals, () => f.get(others).i32(1).op("i32.sub").set(others));
    f.get(others).call(finishAll);
  }

  /** Emits a loop that takes chunks of the open stage until none is left. */
  #emitChunks(
    f: FunctionBuilder,
    { handle, chunks }: StageCode,
    { stage, table, scratch, chunk }: RunLocals,
    afterEach: () => void,
  ): void {
    f.block((exit) => {
      f.loop((again) => {
        f.get(stage).i32(chunks).call(this.#tickets.take).tee(chunk);
        f.i32(0).op("i32.lt_s").brIf(exit);
        f.get(chunk, table, scratch).call(handle);
        afterEach();
        f.br(again);
      });
    });
  }
}
