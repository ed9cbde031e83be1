// One call from its name and raw input to a result: finds the handler, checks the input, turns what is thrown into data.
// Knows neither Electron nor HTTP.

import { z } from "zod";
import type { Call, CallOutput, CheckedInput } from "../../shared/contract/call.ts";
import { contract, type Contract, type Namespace } from "../../shared/contract/contract.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { failure, success, type Result } from "../../shared/result.ts";
import type { HostContext } from "./host-context.ts";

/** One handler for each call of a namespace; a missing one does not compile. */
export type HandlersOf<Definitions> = {
  readonly [Name in keyof Definitions]: (
    input: CheckedInput<Definitions[Name]>,
    context: HostContext,
  ) => CallOutput<Definitions[Name]> | Promise<CallOutput<Definitions[Name]>>;
};

export type AllHandlers = { readonly [Name in Namespace]: HandlersOf<Contract[Name]> };

export type Dispatch = (name: string, input: unknown) => Promise<Result<unknown>>;

/** Bugs come back as "internal-error"; `onBug` sees them with their stack. */
export function createDispatch(handlers: AllHandlers, context: HostContext, onBug: (name: string, error: unknown) => void): Dispatch {
  return async (name, input) => {
    try {
      const { call, handler } = find(handlers, name);
      const checked = call.input.safeParse(input ?? {});
      if (!checked.success) throw invalidInput(name, checked.error);
      return success(await handler(checked.data, context));
    } catch (error) {
      if (!(error instanceof WorkbenchError)) onBug(name, error);
      return failure(error);
    }
  };
}

type AnyHandler = (input: unknown, context: HostContext) => unknown;

function find(handlers: AllHandlers, name: string): { readonly call: Call; readonly handler: AnyHandler } {
  const [space = "", call = "", ...rest] = name.split(".");
  const definitions = Object.hasOwn(contract, space) ? (contract[space as Namespace] as Readonly<Record<string, Call>>) : {};
  const definition = rest.length === 0 && Object.hasOwn(definitions, call) ? definitions[call] : undefined;
  if (definition === undefined) {
    throw new WorkbenchError("unknown-call", "there is no such call", { got: name.slice(0, 100) });
  }
  const inSpace = handlers[space as Namespace] as unknown as Readonly<Record<string, AnyHandler>>;
  return { call: definition, handler: inSpace[call] as AnyHandler };
}

function invalidInput(name: string, error: z.ZodError): WorkbenchError {
  return new WorkbenchError("invalid-argument", "the request is not valid", { where: name, got: z.prettifyError(error) });
}
