// A program for tests: asks a thread once and leaves it idle.

import { WorkThread } from "../work-thread.ts";
import type { EchoWork } from "./echo-work-thread.ts";

const thread = new WorkThread<EchoWork>(new URL("echo-work-thread", import.meta.url));
console.log(await thread.call("echo", ["done"]));
