import { describe, expect, it } from "vitest";
import type { ChatMessage } from "../../../shared/domain/instruction.ts";
import { THINKING_INSTRUCTION, parseResponse } from "../rewards/format.ts";
import { ChatTemplate } from "../tokenizer/chat-template.ts";
import { FIXTURE_CONFIG, FIXTURE_TEMPLATE, fixtureDefinition } from "../tokenizer/testing/byte-level-fixture.ts";
import { Tokenizer } from "../tokenizer/tokenizer.ts";
import { buildExpertResponse, buildPrompt } from "./prompt.ts";

const tokenizer = Tokenizer.fromJson(fixtureDefinition(), FIXTURE_CONFIG);
const template = new ChatTemplate(FIXTURE_TEMPLATE, tokenizer.specialTokens);
const withoutSystemRole = new ChatTemplate(
  "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]",
  {},
);
const opensThinking = new ChatTemplate("{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]{{ opening }}", {
  opening: "<think>\n",
});

const user: ChatMessage = { role: "user", content: "Name two fruits." };
const system: ChatMessage = { role: "system", content: "Be brief." };
const INSTRUCTION = THINKING_INSTRUCTION;
const turn = (role: string, content: string) => `<|im_start|>${role}\n${content}<|im_end|>\n`;

describe("buildPrompt", () => {
  it.each([
    { mode: "think", prefill: "<think>\n", systemText: INSTRUCTION },
    { mode: "empty", prefill: "<think>\n\n</think>\n", systemText: INSTRUCTION },
  ] as const)("$mode: instruction in the system message, assistant turn pre-filled", ({ mode, prefill, systemText }) => {
    const prompt = buildPrompt([user], tokenizer, template, mode);
    expect(prompt.text).toBe(`${turn("system", systemText)}${turn("user", user.content)}<|im_start|>assistant\n${prefill}`);
    expect(prompt.prefill).toBe(prefill);
    expect(tokenizer.decode(prompt.ids)).toBe(prompt.text);
    expect(prompt.ids).toContain(tokenizer.tokenId("<think>"));
  });

  it("plain: the conversation as it is", () => {
    const prompt = buildPrompt({ messages: [user] }, tokenizer, template, "plain");
    expect(prompt.text).toBe(`${turn("user", user.content)}<|im_start|>assistant\n`);
    expect(prompt.prefill).toBe("");
  });

  it("appends to a system message, and merges into the first user turn where there is no such role", () => {
    expect(buildPrompt([system, user], tokenizer, template, "think").text).toContain(turn("system", `Be brief.\n\n${INSTRUCTION}`));
    const conversation: ChatMessage[] = [system, user, { role: "assistant", content: "Ok." }, { role: "user", content: "More." }];
    const merged = buildPrompt(conversation, tokenizer, withoutSystemRole, "think").text;
    expect(merged).toBe(`[user]Be brief.\n\n${INSTRUCTION}\n\n${user.content}[assistant]Ok.[user]More.[assistant]<think>\n`);
    const plain = buildPrompt([system, user], tokenizer, withoutSystemRole, "plain");
    expect(plain).toMatchObject({ text: `[user]Be brief.\n\n${user.content}[assistant]`, systemInUserTurn: true });
  });

  it.each([
    [
      "passes over a system message",
      "{% for m in messages %}{% if m.role != 'system' %}[{{ m.role }}]{{ m.content }}{% endif %}{% endfor %}",
    ],
    [
      "wants turns that alternate, the user's first",
      "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}" +
        "[{{ m.role }}]{{ m.content }}{% endfor %}",
    ],
  ])("loses no system text in a template that %s", (_what, text) => {
    const strict = new ChatTemplate(text, {});
    expect(strict.supportsSystemRole).toBe(false);
    expect(buildPrompt([system, user], tokenizer, strict, "plain").text).toBe(`[user]Be brief.\n\n${user.content}`);
    expect(buildPrompt([user], tokenizer, strict, "plain")).not.toHaveProperty("systemInUserTurn");
    expect(buildPrompt([system, user], tokenizer, template, "think")).not.toHaveProperty("systemInUserTurn");
  });

  it("leaves the instruction out on request and does not open a think block twice", () => {
    const options = { addThinkingInstruction: false };
    expect(buildPrompt([user], tokenizer, opensThinking, "think", options)).toMatchObject({
      text: `[user]${user.content}[assistant]<think>\n`,
      prefill: "<think>\n",
    });
    const withoutNewline = new ChatTemplate("{{ messages[0].content }}<think>", {});
    expect(buildPrompt([user], tokenizer, withoutNewline, "think", options).text).toBe(`${user.content}<think>\n`);
    expect(buildPrompt([user], tokenizer, opensThinking, "empty", options).text).toBe(
      `[user]${user.content}[assistant]<think>\n\n</think>\n`,
    );
  });

  it("reports a prompt that is too long with both numbers", () => {
    const { length } = buildPrompt([user], tokenizer, template, "think").ids;
    expect(buildPrompt([user], tokenizer, template, "think", { maxPromptTokens: length }).ids).toHaveLength(length);
    expect(() => buildPrompt([user], tokenizer, template, "think", { maxPromptTokens: length - 1 })).toThrow(
      expect.toSatisfy(
        (error: Error & { code: string }) =>
          error.code === "prompt-too-long" && error.message.includes(`${length - 1} tokens; got: ${length} tokens`),
      ),
    );
  });
});

describe("buildExpertResponse", () => {
  it("continues the pre-fill into a response of the right format and ends with the end token", () => {
    const { prefill } = buildPrompt([user], tokenizer, template, "think");
    const response = buildExpertResponse({ think: "Two of them.", answer: "apple, pear" }, tokenizer);
    expect(parseResponse(prefill + response.text)).toMatchObject({ formatOk: true, think: "Two of them.", answer: "apple, pear" });
    expect(response.ids.at(-1)).toBe(tokenizer.eosTokenId);
    expect(tokenizer.decode(response.ids)).toBe(`${response.text}<|im_end|>`);
  });

  it("refuses tags inside, and a tokenizer that cannot end a turn", () => {
    expect(() => buildExpertResponse({ think: "a</think>", answer: "b" }, tokenizer)).toThrow("expert.think");
    const endless = Tokenizer.fromJson(fixtureDefinition(), {});
    expect(() => buildExpertResponse({ think: "a", answer: "b" }, endless)).toThrow("eos_token");
  });
});
