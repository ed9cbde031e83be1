// Every call of the workbench by its name, "namespace.call". Adding a call here without a handler does not compile.

import { appContract } from "./app.ts";
import type { CallInput, CallOutput } from "./call.ts";
import { runsContract } from "./runs.ts";

export const contract = {
  app: appContract,
  runs: runsContract,
} as const;

export type Contract = typeof contract;
export type Namespace = keyof Contract;

export type CallName = { [Name in Namespace]: `${Name}.${keyof Contract[Name] & string}` }[Namespace];

type Definition<Name extends CallName> = Name extends `${infer Space extends Namespace}.${infer Call}`
  ? Call extends keyof Contract[Space]
    ? Contract[Space][Call]
    : never
  : never;

export type InputOf<Name extends CallName> = CallInput<Definition<Name>>;
export type OutputOf<Name extends CallName> = CallOutput<Definition<Name>>;
