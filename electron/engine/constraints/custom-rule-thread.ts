// The thread of custom-rule.ts: a user's code in QuickJS, a JavaScript engine compiled to WebAssembly that knows nothing of Node, files or the
// network. Every question gets a fresh global object, so that a verdict depends on the text alone; clock and chance are taken away.
// Work is limited by counted steps, memory by bytes: the same code is stopped at the same place on every machine. What evades that is
// ended with the thread.

import variant from "@jitl/quickjs-wasmfile-release-sync";
import {
  DefaultIntrinsics,
  newQuickJSWASMModuleFromVariant,
  Scope,
  type QuickJSContext,
  type QuickJSHandle,
} from "quickjs-emscripten-core";
import { answerQuestions } from "../threads/answer-questions.ts";
import type { SandboxAnswer, SandboxQuestion } from "./custom-rule.ts";

const MAX_MEMORY_BYTES = 32 * 1024 * 1024;
const MAX_STACK_BYTES = 256 * 1024;
/** QuickJS asks about every ten thousand steps whether to go on. */
const MAX_POLLS = 500;
const FILE = "rule.js";
const INTRINSICS = { ...DefaultIntrinsics, Date: false };

/** Runs before the user's code and gives what calls it: (check, JSON of text and input) -> JSON. What it needs is taken before it can be changed. */
const RUNNER = `(() => {
  delete Math.random;
  for (const name of ["WeakRef", "FinalizationRegistry", "SharedArrayBuffer", "Atomics", "performance"]) delete globalThis[name];
  const { parse, stringify } = JSON;
  const { freeze } = Object;
  const { isArray } = Array;
  const text = String;
  const kind = (value) => (value === null ? "null" : isArray(value) ? "a list" : typeof value === "object" ? "an object" : typeof value);
  const cut = (value) => (value === undefined ? undefined : text(value).slice(0, 500));
  const lineOf = (error) => /rule\\.js:(\\d+)/.exec(text(error.stack))?.[1];
  const thrown = (error) =>
    error instanceof Error
      ? { message: cut(error.name + ": " + error.message), line: Number(lineOf(error)) || undefined }
      : { message: "threw " + kind(error) };
  return (check, given) => {
    try {
      const { text: answer, input } = parse(given);
      const verdict = check(answer, freeze({ input }));
      if (typeof verdict === "boolean") return stringify({ passed: verdict });
      const { passed, expected, got, spans } = verdict ?? {};
      if (typeof passed !== "boolean") {
        return stringify({ failure: { message: "returned " + kind(verdict) + (verdict ? " without passed: true or false" : "") } });
      }
      const places = spans === undefined ? undefined : isArray(spans) ? spans.slice(0, 1000).map(({ start, end }) => ({ start, end })) : null;
      return stringify({ passed, expected: cut(expected), got: cut(got), spans: places });
    } catch (error) {
      return stringify({ failure: thrown(error) });
    }
  };
})()`;

// The package's types describe its CommonJS form, where the default export lies one level deeper than it does here.
const quickjs = await newQuickJSWASMModuleFromVariant(variant as unknown as typeof variant.default);
const runtime = quickjs.newRuntime();
runtime.setMemoryLimit(MAX_MEMORY_BYTES);
runtime.setMaxStackSize(MAX_STACK_BYTES);
let polls = 0;
runtime.setInterruptHandler(() => {
  polls += 1;
  return polls > MAX_POLLS;
});

answerQuestions<SandboxQuestion, SandboxAnswer>((question) => {
  polls = 0;
  try {
    const context = runtime.newContext({ intrinsics: INTRINSICS });
    const answer = Scope.withScope((scope) => answerIn(context, scope, question));
    context.dispose();
    return answer;
  } catch {
    // The engine itself gave up; its memory is not to be trusted any more.
    return { type: "broken" };
  }
});

function answerIn(context: QuickJSContext, scope: Scope, { source, call }: SandboxQuestion): SandboxAnswer {
  const runner = scope.manage(context.unwrapResult(context.evalCode(RUNNER, "runner.js")));
  const defined = context.evalCode(source, FILE, { type: "global", strict: true });
  if (defined.error !== undefined) return failureOf(context, scope.manage(defined.error));
  defined.value.dispose();
  const check = scope.manage(context.unwrapResult(context.evalCode("typeof check === 'function' ? check : undefined", "lookup.js")));
  if (context.typeof(check) !== "function") return { type: "failure", failure: { message: "defines no function named check" } };
  if (call === undefined) return { type: "defined" };
  // As JSON, because strings handed over directly end at a zero character.
  const given = scope.manage(context.newString(JSON.stringify(call)));
  const called = context.callFunction(runner, context.undefined, check, given);
  if (called.error !== undefined) return failureOf(context, scope.manage(called.error));
  return { type: "verdict", json: context.getString(scope.manage(called.value)) };
}

/** Of code that could not be read, threw while it was defined, or was interrupted. */
function failureOf(context: QuickJSContext, error: QuickJSHandle): SandboxAnswer {
  if (polls > MAX_POLLS) return { type: "failure", failure: { message: "takes too long" } };
  const { name, message, stack } = (context.dump(error) ?? {}) as { name?: unknown; message?: unknown; stack?: unknown };
  const line = /rule\.js:(\d+)/.exec(String(stack))?.[1];
  const said = typeof message === "string" ? `${typeof name === "string" ? name : "Error"}: ${message}`.slice(0, 500) : "throws";
  return { type: "failure", failure: { message: said, ...(line === undefined ? {} : { line: Number(line) }) } };
}
