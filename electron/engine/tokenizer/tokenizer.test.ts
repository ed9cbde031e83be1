import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChatTemplate } from "./chat-template.ts";
import { FIRST_MERGE_ID, FIRST_SPECIAL_ID, FIXTURE_CONFIG, FIXTURE_TEMPLATE, fixtureDefinition } from "./testing/byte-level-fixture.ts";
import { Tokenizer } from "./tokenizer.ts";

const tokenizer = Tokenizer.fromJson(fixtureDefinition(), FIXTURE_CONFIG);

describe("Tokenizer", () => {
  it("applies merges in rank order and keeps added tokens whole", () => {
    // "hello" is the fourth merge; "Ġw" the fifth; <|im_end|> the third special token, <think> the fourth added one.
    const expected = [FIRST_MERGE_ID + 3, FIRST_MERGE_ID + 4, ...Buffer.from("orld"), FIRST_SPECIAL_ID + 2, FIRST_SPECIAL_ID + 3];
    expect(tokenizer.encode("hello world<|im_end|><think>")).toEqual(expected);
    expect(tokenizer.eosTokenId).toBe(FIRST_SPECIAL_ID + 2);
    expect(tokenizer.padTokenId).toBe(FIRST_SPECIAL_ID);
    expect(tokenizer.bosTokenId).toBeNull();
    expect(tokenizer.vocabSize).toBe(FIRST_SPECIAL_ID + 7);
  });

  it("gives back every text exactly", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => tokenizer.decode(tokenizer.encode(text)) === text.toWellFormed()));
    for (const text of ["a , b . c 's", "  two\n\nlines\t", "é世界👩‍👩‍👧", "\uFEFFmark"])
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it("leaves out special tokens only, and ids that have no token", () => {
    const ids = tokenizer.encode("<|im_start|>a<think>b</think><|im_end|>");
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe("a<think>b</think>");
    expect(tokenizer.decode([...ids, tokenizer.vocabSize + 5])).toBe("<|im_start|>a<think>b</think><|im_end|>");
    expect(tokenizer.decode([])).toBe("");
  });

  it("streams pieces that add up to the decoded text and never end inside a character", () => {
    const id = fc.oneof(fc.nat(255), fc.nat(tokenizer.vocabSize - 1), fc.constantFrom(...Buffer.from("世👍é")));
    fc.assert(
      fc.property(fc.array(id), fc.boolean(), (ids, skipSpecialTokens) => {
        const stream = tokenizer.streamDecoder({ skipSpecialTokens });
        const streamed = ids.map((token) => stream.push(token)).join("") + stream.flush();
        expect(streamed).toBe(tokenizer.decode(ids, { skipSpecialTokens }));
      }),
      { numRuns: 500 },
    );
    const stream = tokenizer.streamDecoder();
    expect([...Buffer.from("a世b")].map((byte) => stream.push(byte))).toEqual(["a", "", "", "世", "b"]);
  });
});

describe("broken tokenizer files", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tokenizer-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const definition = fixtureDefinition();
  const config = FIXTURE_CONFIG;
  it.each([
    { name: "no tokenizer.json", files: { "tokenizer_config.json": config }, where: "tokenizer.json" },
    { name: "no tokenizer_config.json", files: { "tokenizer.json": definition }, where: "tokenizer_config.json" },
    { name: "broken JSON", files: { "tokenizer.json": '{"model": ', "tokenizer_config.json": config }, where: "tokenizer.json" },
    { name: "not an object", files: { "tokenizer.json": "[1]", "tokenizer_config.json": config }, where: "tokenizer.json" },
    {
      name: "no model",
      files: { "tokenizer.json": { ...definition, model: null }, "tokenizer_config.json": config },
      where: "tokenizer.json: model",
    },
    {
      name: "no vocabulary",
      files: { "tokenizer.json": { ...definition, model: { type: "BPE" } }, "tokenizer_config.json": config },
      where: "model.vocab",
    },
    {
      name: "unknown decoder",
      files: { "tokenizer.json": { ...definition, decoder: { type: "Riddle" } }, "tokenizer_config.json": config },
      where: "tokenizer.json",
    },
    {
      name: "a split the library would get wrong",
      files: {
        "tokenizer.json": {
          ...definition,
          pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Split", pattern: { String: " " }, behavior: "MergedWithNext" }] },
        },
        "tokenizer_config.json": config,
      },
      where: "pre_tokenizer.behavior",
    },
    {
      name: "an unknown end token",
      files: { "tokenizer.json": definition, "tokenizer_config.json": { eos_token: "<none>" } },
      where: "tokenizer_config.json: eos_token",
    },
    {
      name: "an ill-typed end token",
      files: { "tokenizer.json": definition, "tokenizer_config.json": { eos_token: 7 } },
      where: "tokenizer_config.json: eos_token",
    },
  ])("$name", async ({ files, where }) => {
    const place = await mkdtemp(join(folder, "case-"));
    for (const [name, content] of Object.entries(files))
      await writeFile(join(place, name), typeof content === "string" ? content : JSON.stringify(content));
    await expect(Tokenizer.load(place)).rejects.toMatchObject({
      code: "invalid-tokenizer",
      message: expect.stringContaining(where) as string,
    });
  });

  it("a model smaller than the tokenizer", () => {
    expect(() => tokenizer.requireFits(tokenizer.vocabSize)).not.toThrow();
    expect(() => tokenizer.requireFits(tokenizer.vocabSize - 1)).toThrow(`at most ${tokenizer.vocabSize - 1} tokens`);
  });
});

describe("ChatTemplate", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "chat-template-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("renders turns and the assistant header", () => {
    const template = new ChatTemplate(FIXTURE_TEMPLATE, tokenizer.specialTokens);
    const messages = [
      { role: "system", content: "S" },
      { role: "user", content: "U" },
    ] as const;
    expect(template.render(messages, { addGenerationPrompt: true })).toBe(
      "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n",
    );
    expect(template.supportsSystemRole).toBe(true);
  });

  it.each([
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}{{ m.content }}{% endfor %}",
    "{% for m in messages %}{% if m.role != 'system' %}{{ m.content }}{% endif %}{% endfor %}",
  ])("sees that a template has no system role: %s", (text) => {
    expect(new ChatTemplate(text, {}).supportsSystemRole).toBe(false);
  });

  it("keeps the template's own line breaks", () => {
    for (const text of ["\n x", "{% if true %}\n\ny\n{% endif %}\n", "{%- if true -%}\n z{% endif %}"]) {
      expect(new ChatTemplate(text, {}).render([], { addGenerationPrompt: false })).toBe(new Template(text).render());
    }
  });

  it("renders the same on every day", () => {
    expect(new ChatTemplate("{{ strftime_now('%d %B %Y') }}", {}).render([], { addGenerationPrompt: false })).toBe("26 July 2024");
  });

  it("prefers the template file, takes the default of a list, and names what is missing", async () => {
    await expect(ChatTemplate.load(folder, tokenizer)).rejects.toMatchObject({
      code: "invalid-tokenizer",
      message: expect.stringContaining("no chat template") as string,
    });
    const named = [
      { name: "tool_use", template: "T" },
      { name: "default", template: "D{{ eos_token }}" },
    ];
    await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify({ chat_template: named }));
    const fromList = await ChatTemplate.load(folder, tokenizer);
    expect(fromList.render([], { addGenerationPrompt: false })).toBe("D<|im_end|>");
    await writeFile(join(folder, "chat_template.jinja"), "F");
    const fromFile = await ChatTemplate.load(folder, tokenizer);
    expect(fromFile.render([], { addGenerationPrompt: false })).toBe("F");
    expect(fromFile.sha256).not.toBe(fromList.sha256);
    await writeFile(join(folder, "chat_template.jinja"), "{% if %}");
    await expect(ChatTemplate.load(folder, tokenizer)).rejects.toMatchObject({
      code: "invalid-tokenizer",
      message: expect.stringContaining("chat_template.jinja") as string,
    });
  });
});
