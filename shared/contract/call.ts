// What one call between the interface and its host is: a schema that the host checks the input with, and the type of what
// comes back. Calls are grouped by namespace, one file each; contract.ts names them all.

import type { z } from "zod";

declare const outputBrand: unique symbol;

export interface Call<Input extends z.ZodType = z.ZodType, Output = unknown> {
  /** Validated by the host before the handler sees it. */
  readonly input: Input;
  /** Type only: outputs are the host's own and JSON-serialisable. */
  readonly [outputBrand]?: Output;
}

/** `defineCall(schema)<Output>()`: two steps, so that the input type is inferred and the output type is given. */
export function defineCall<Input extends z.ZodType>(input: Input): <Output>() => Call<Input, Output> {
  return () => ({ input });
}

/** What a caller passes, defaults left out. */
export type CallInput<Definition> = Definition extends Call<infer Input> ? z.input<Input> : never;
/** What a handler gets, defaults filled in. */
export type CheckedInput<Definition> = Definition extends Call<infer Input> ? z.output<Input> : never;
export type CallOutput<Definition> = Definition extends Call<z.ZodType, infer Output> ? Output : never;
