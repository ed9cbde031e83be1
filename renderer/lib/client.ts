// Typed calls and events over whichever transport there is. Failures are thrown as WorkbenchError with their code and details.

import type { CallName, InputOf, OutputOf } from "../../shared/contract/contract.ts";
import type { EventPayloads, Topic } from "../../shared/contract/events.ts";
import { unwrap, type Result } from "../../shared/result.ts";
import { connection } from "../state/connection.svelte.ts";
import { openTransport, type Transport } from "./transport.ts";

let transport: Transport | undefined;

function currentTransport(): Transport {
  transport ??= openTransport({ onConnection: (connected) => connection.set(connected) });
  return transport;
}

/** Throws what the host refused or failed with. */
export async function call<Name extends CallName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> {
  const result = (await currentTransport().invoke(name, input)) as Result<OutputOf<Name>>;
  return unwrap(result);
}

/** Returns what ends the subscription. */
export function onEvent<Name extends Topic>(topic: Name, listener: (payload: EventPayloads[Name]) => void): () => void {
  return currentTransport().subscribe(topic, (payload) => listener(payload as EventPayloads[Name]));
}
