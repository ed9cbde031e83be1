// A capable model with the manners of real ones: JSON in fences, between words and behind reasoning, with slips of writing and other names for its
// fields, lists instead of JSON, answers cut off, refusals, the same answer to every seed; a server that is busy, breaks, trickles and
// counts wrongly. The same request always meets the same manner.

import type { AskedRequest, ServerAct } from "../../endpoint/testing/chat-server.ts";
import { mixSeed, Random } from "../../../engine/tensor/random.ts";

type Say = Extract<ServerAct, { type: "say" }>;
type Manner = (said: Say, request: AskedRequest) => ServerAct;

const isJson = ({ text }: Say): boolean => text.startsWith("{");
const onJson =
  (change: (text: string) => string): Manner =>
  (said) =>
    isJson(said) ? { ...said, text: change(said.text) } : said;

/** Each costs nothing but a generous reader. */
const READABLE: Readonly<Record<string, Manner>> = {
  "a fence": onJson((text) => `\`\`\`json\n${text}\n\`\`\``),
  "words around it": onJson((text) => `Sure! Here is what you asked for:\n\n${text}\n\nLet me know whether this helps.`),
  "a trailing comma": onJson((text) => text.replace(/([\]}])$/, ",$1")),
  "single quotes": onJson((text) =>
    text.includes("'") ? text : text.replace(/\\"/g, "\u0001").replaceAll('"', "'").replaceAll("\u0001", '"'),
  ),
  "a comment": onJson((text) => text.replace("{", "{ // the answer\n")),
  "reasoning before it": onJson((text) => `<think>They want JSON, such as {"words": ["draft"]}. Fine.</think>\n${text}`),
  "a draft before it": onJson((text) => `A first try: {"draft": 1}. Better:\n${text}`),
  "capital names": onJson((text) => text.replace(/"(\w)(\w*)":/g, (_, first: string, rest: string) => `"${first.toUpperCase()}${rest}":`)),
  "other names": onJson((text) =>
    text.replace('"words":', '"keywords":').replace('"because":', '"reason":').replace('"text":', '"passage":'),
  ),
  "a wrapping": onJson((text) => `{"result": ${text}}`),
  "yes and no in words": onJson((text) => text.replaceAll(/:\s*true/g, ': "yes"').replaceAll(/:\s*false/g, ': "No"')),
  "a list instead": (said) => {
    const words = /^\{"words":(\[.*\])\}$/.exec(said.text)?.[1];
    return words === undefined
      ? said
      : { ...said, text: (JSON.parse(words) as string[]).map((word, index) => `${index + 1}. **${word}**`).join("\n") };
  },
  "reasoning beside the answer": (said) => ({ ...said, reasoning: "Let me think about what is wanted here." }),
  "reasoning of its own": (said) => (isJson(said) ? said : { ...said, text: `<think>They want a draft first.</think>\n${said.text}` }),
  "no opening tag": (said) => ({ ...said, text: said.text.replace(/^<think>/, "") }),
  "other tags": (said) => ({ ...said, text: said.text.replaceAll("think>", "thinking>") }),
  "no tags around the answer": (said) => ({ ...said, text: said.text.replace(/<\/?answer>/g, "") }),
  "the last tag forgotten": (said) => ({ ...said, text: said.text.replace(/<\/answer>\s*$/, "") }),
  "a trickle": (said) => ({ ...said, parts: 5 }),
  "no usage": (said) => ({ ...said, usage: undefined }),
  "usage as text": (said) => ({ ...said, usage: { prompt_tokens: "10", completion_tokens: "many" } }),
  "a usage that cannot be": (said) => ({ ...said, usage: { prompt_tokens: -5, completion_tokens: 10 ** 12 } }),
};

/** Each is paid for and lost, or asked for again. */
const LOST: readonly Manner[] = [
  (said, { body }) => ({
    ...said,
    text: said.text.slice(0, said.text.length / 2),
    finish: body.max_tokens > 1024 && isJson(said) ? "stop" : "length",
  }),
  (said) => ({ ...said, text: "I'm sorry, but I can't help with that." }),
  (said) => ({ ...said, text: "" }),
  (said) => ({ ...said, text: '{"error": "the request was filtered"}' }),
];

const TROUBLE: readonly ServerAct[] = [
  { type: "status", status: 429, headers: { "retry-after": "0.01" } },
  { type: "status", status: 500, body: "upstream" },
  { type: "cut" },
];

/** `lost`: share of the answers that are of no use. */
export function lifelike(base: (request: AskedRequest) => ServerAct, lost: number): (request: AskedRequest) => ServerAct {
  return (request) => {
    const random = new Random(mixSeed("lifelike", request.key));
    if (request.attempt === 0 && random.float() < 0.06) return random.pick(TROUBLE);
    const act = base(request);
    if (act.type !== "say") return act;
    return random.float() < lost ? random.pick(LOST)(act, request) : random.pick(Object.values(READABLE))(act, request);
  };
}
