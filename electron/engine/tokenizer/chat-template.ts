// Renders a conversation with the model's own chat template. Knows nothing of thinking or pre-fills (rollout/prompt.ts does).
// Rendering is a function of its arguments alone: templates that ask for today's date are given a fixed one.

import { Template } from "@huggingface/jinja";
import type { ChatMessage } from "../../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { sha256OfText } from "../tensor/sha256.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { readChatTemplateSource } from "./tokenizer-files.ts";

export interface RenderOptions {
  /** Ends the text with the header of an assistant turn. */
  readonly addGenerationPrompt: boolean;
}

export class ChatTemplate {
  /** SHA-256 of the template text. */
  readonly sha256: string;
  /** Whether the text of a system message reaches the rendered prompt. */
  readonly supportsSystemRole: boolean;
  private readonly template: Template;
  private readonly specialTokens: Readonly<Record<string, string>>;
  private readonly where: string;

  /** Throws "invalid-tokenizer" when the template does not parse or cannot render a single user message. */
  constructor(text: string, specialTokens: Readonly<Record<string, string>>, where = "chat_template") {
    this.where = where;
    this.specialTokens = specialTokens;
    this.sha256 = sha256OfText(text);
    try {
      this.template = new Template(FIXED_DATE_PREAMBLE + text);
    } catch (cause) {
      throw this.broken("the chat template does not parse", cause);
    }
    const probe = "workbench probe";
    this.render([{ role: "user", content: probe }], { addGenerationPrompt: true });
    this.supportsSystemRole = this.rendersSystem(probe);
  }

  /** Throws "invalid-tokenizer" when the folder has no usable template. */
  static async load(folder: string, tokenizer: Tokenizer): Promise<ChatTemplate> {
    const source = await readChatTemplateSource(folder);
    if (source === null) {
      throw new WorkbenchError("invalid-tokenizer", "the model has no chat template", {
        where: folder,
        expected: "chat_template.jinja, or chat_template in tokenizer_config.json",
        hint: "Use an instruct model, or add a template to the folder.",
      });
    }
    return new ChatTemplate(source.text, tokenizer.specialTokens, source.where);
  }

  /** Throws "invalid-tokenizer" with the template's own complaint, e.g. about the order of roles. */
  render(messages: readonly ChatMessage[], options: RenderOptions): string {
    try {
      return this.template.render({
        ...this.specialTokens,
        messages: messages.map(({ role, content }) => ({ role, content })),
        add_generation_prompt: options.addGenerationPrompt,
        workbench_fixed_date: fixedDate,
      });
    } catch (cause) {
      throw this.broken("the chat template refuses this conversation", cause);
    }
  }

  private rendersSystem(probe: string): boolean {
    try {
      const messages: ChatMessage[] = [
        { role: "system", content: probe },
        { role: "user", content: "x" },
      ];
      return this.render(messages, { addGenerationPrompt: true }).includes(probe);
    } catch {
      return false;
    }
  }

  private broken(what: string, cause: unknown): WorkbenchError {
    const got = cause instanceof Error ? cause.message : String(cause);
    return new WorkbenchError("invalid-tokenizer", what, { where: this.where, got }, { cause });
  }
}

/** Replaces the library's own clock; the newline belongs to the block and renders to nothing. */
const FIXED_DATE_PREAMBLE = "{% set strftime_now = workbench_fixed_date %}\n";

/** Same prompt on every day, in the few formats that templates ask for. */
function fixedDate(format: string): string {
  const parts: Readonly<Record<string, string>> = {
    "%d": "26",
    "%B": "July",
    "%b": "Jul",
    "%m": "07",
    "%Y": "2024",
    "%y": "24",
    "%A": "Friday",
  };
  return format.replace(/%[a-zA-Z]/g, (part) => parts[part] ?? "");
}
