// What an instruction is to ask for: a random composition of rules that go together. Every set of rules that can be active at the same
// time has an answer that the real checkers accept, so nothing impossible is ever written out.

import type { CompositionNode, RuleNode } from "../../../shared/domain/instruction.ts";
import type { SynthesisShape } from "../../../shared/domain/synthesis.ts";
import { findChecker } from "../constraints/catalogue.ts";
import { checkRule } from "../constraints/composition.ts";
import { areConflicting } from "../constraints/conflicts.ts";
import { isStopWord } from "../constraints/stop-words.ts";
import { wordTokens } from "../constraints/text.ts";
import { searchAnswer } from "../data-quality/answer-search.ts";
import { findContradiction } from "../data-quality/contradictions.ts";
import type { Random } from "../tensor/random.ts";

export interface PlanRequest {
  readonly shape: Exclude<SynthesisShape, "maths">;
  /** Leaves of an "and"; drawn where absent. */
  readonly constraints?: number | undefined;
  /** Words that a good answer to the task uses; keyword rules ask for some of them. */
  readonly words: readonly string[];
  /** What conditions look at; needed for "selection" and the nested shapes. */
  readonly input?: string | undefined;
  /** In what is not written with spaces, words are not asked to be counted. */
  readonly spaced: boolean;
}

type Kwargs = Readonly<Record<string, unknown>>;
type Draw = (random: Random, words: readonly string[], spaced: boolean) => Kwargs;

/** What part of an answer a rule is about; two of the same part get in each other's way, to a reader if not to the checkers. */
type Part = "opening" | "body" | "list" | "length" | "words" | "letters" | "closing" | "whole";

interface PlannedRule {
  readonly weight: number;
  readonly part: Part;
  readonly draw?: Draw;
  readonly spacedOnly?: true;
}

/** Rules that read naturally in any request. Arguments: drawn here where the task has a say, else plausible ones of the rule. */
const RULES: Readonly<Record<string, PlannedRule>> = {
  "length_constraints:number_words": { weight: 4, part: "length", draw: (random) => wordRange(random), spacedOnly: true },
  "length_constraints:number_sentences": {
    weight: 3,
    part: "length",
    draw: (random) => ({ num_sentences: 3 + random.integer(6), relation: random.pick(["at least", "less than"]) }),
  },
  "length_constraints:number_paragraphs": { weight: 2, part: "body", draw: (random) => ({ num_paragraphs: 2 + random.integer(3) }) },
  "keywords:existence": { weight: 4, part: "words", draw: (random, words) => ({ keywords: someWords(random, words, 2) }) },
  "keywords:forbidden_words": {
    weight: 3,
    part: "words",
    draw: (random, words) => ({ forbidden_words: someWords(random, words, 2) }),
    spacedOnly: true,
  },
  "keywords:frequency": {
    weight: 2,
    part: "words",
    draw: (random, words) => ({ keyword: someWords(random, words, 1)[0], frequency: 2 + random.integer(2), relation: "at least" }),
  },
  "detectable_format:number_bullet_lists": { weight: 3, part: "list", draw: (random) => ({ num_bullets: 2 + random.integer(4) }) },
  "detectable_format:number_highlighted_sections": {
    weight: 2,
    part: "body",
    draw: (random) => ({ num_highlights: 1 + random.integer(3) }),
  },
  "detectable_format:title": { weight: 2, part: "opening" },
  "detectable_format:json_format": { weight: 1, part: "whole" },
  "detectable_content:postscript": { weight: 1, part: "closing", draw: () => ({ postscript_marker: "P.S." }) },
  "detectable_content:number_placeholders": { weight: 1, part: "body", draw: (random) => ({ num_placeholders: 1 + random.integer(3) }) },
  "combination:two_responses": { weight: 1, part: "whole" },
  "startend:end_checker": { weight: 1, part: "closing", draw: (random, words) => ({ end_phrase: someWords(random, words, 1)[0] }) },
  "startend:quotation": { weight: 1, part: "whole" },
  "punctuation:no_comma": { weight: 2, part: "letters", spacedOnly: true },
  "raif:ends_with_mark": {
    weight: 1,
    part: "closing",
    draw: (random, _, spaced) => ({ mark: random.pick(spaced ? ["!", "?"] : ["！", "？"]) }),
  },
  "raif:first_word": { weight: 1, part: "opening", draw: (random, words) => ({ word: someWords(random, words, 1)[0] }), spacedOnly: true },
  "raif:last_word": { weight: 1, part: "closing", draw: (random, words) => ({ word: someWords(random, words, 1)[0] }), spacedOnly: true },
  "raif:numbered_list": { weight: 2, part: "list", draw: (random) => ({ count: 2 + random.integer(5) }) },
  "raif:lowercase": { weight: 1, part: "letters", spacedOnly: true },
  "raif:uppercase": { weight: 1, part: "letters", spacedOnly: true },
};

/** Parts that can hold two rules: two lengths bound each other, words can be asked for and forbidden. */
const HOLDS_TWO: ReadonlySet<Part> = new Set<Part>(["words", "body", "letters"]);
/** What asks for a form of the whole answer leaves room for these alone. */
const BESIDE_WHOLE: ReadonlySet<Part> = new Set<Part>(["words", "length"]);
/** Steps of a Chain follow each other through the answer: how it begins, what it goes on with, how it ends. */
const STEPS: readonly (readonly Part[])[] = [["opening"], ["list", "body"], ["closing"]];

const ATTEMPTS = 60;
const MODE = "corrected";

/** Undefined where the words and the input allow no plan of this shape in many draws. */
export function drawRulePlan(request: PlanRequest, random: Random): CompositionNode | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const tree = drawTree(request, random);
    if (tree !== undefined && pathsOf(tree).every(isSatisfiable)) return tree;
  }
  return undefined;
}

/** The sets of rules that can be active together: one for each way through the choices. */
export function pathsOf(node: CompositionNode): RuleNode[][] {
  switch (node.type) {
    case "rule":
      return [[node]];
    case "and":
      return joined(node.children.map(pathsOf));
    case "chain":
      return joined(node.steps.map(pathsOf));
    case "selection":
      return [...node.branches.flatMap(({ then }) => pathsOf(then)), ...(node.otherwise === undefined ? [[]] : pathsOf(node.otherwise))];
    default:
      return [[]];
  }
}

function joined(parts: readonly RuleNode[][][]): RuleNode[][] {
  return parts.reduce<RuleNode[][]>((paths, part) => paths.flatMap((path) => part.map((more) => [...path, ...more])), [[]]);
}

function isSatisfiable(rules: readonly RuleNode[]): boolean {
  return findContradiction(rules, MODE) === undefined && searchAnswer(rules, MODE).type === "found";
}

function drawTree(request: PlanRequest, random: Random): CompositionNode | undefined {
  const leaves = (count: number, present: readonly RuleNode[] = []): RuleNode[] | undefined => drawLeaves(count, present, request, random);
  const and = (count: number, present?: readonly RuleNode[]): CompositionNode | undefined => {
    const children = leaves(count, present);
    return children === undefined ? undefined : { type: "and", children };
  };
  switch (request.shape) {
    case "single":
      return leaves(1)?.[0];
    case "and":
      return and(request.constraints ?? 2 + random.integer(4));
    case "chain": {
      const steps = drawSteps(request, random);
      return steps === undefined ? undefined : { type: "chain", steps };
    }
    case "selection":
      return drawSelection(request, random, leaves(1)?.[0], leaves(1)?.[0]);
    case "nested2":
    case "nested3": {
      const shared = leaves(1 + random.integer(2));
      const otherwise = leaves(1, shared)?.[0];
      const then = request.shape === "nested3" ? and(2, shared) : leaves(1, shared)?.[0];
      const choice = drawSelection(request, random, then, otherwise);
      return shared === undefined || choice === undefined ? undefined : { type: "and", children: [...shared, choice] };
    }
  }
}

/** Two or three rules in the order in which an answer meets them. */
function drawSteps(request: PlanRequest, random: Random): RuleNode[] | undefined {
  const left = random.integer(STEPS.length + 1);
  const steps: RuleNode[] = [];
  for (const parts of STEPS.filter((_, index) => index !== left)) {
    const [step] = drawLeaves(1, steps, request, random, parts) ?? [];
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return steps;
}

function drawSelection(
  { input, words }: PlanRequest,
  random: Random,
  then: CompositionNode | undefined,
  otherwise: CompositionNode | undefined,
): CompositionNode | undefined {
  if (then === undefined || otherwise === undefined || input === undefined || JSON.stringify(then) === JSON.stringify(otherwise)) {
    return undefined;
  }
  const when = drawCondition(input, words, random.float() < 0.5, random);
  return when === undefined ? undefined : { type: "selection", branches: [{ when, then }], otherwise };
}

/** A condition on the input that holds or not, as wanted. */
function drawCondition(input: string, words: readonly string[], truth: boolean, random: Random): RuleNode | undefined {
  const tokens = wordTokens(input).map(({ text }) => text.toLowerCase());
  const count = tokens.length;
  if (random.float() < 0.5 && count >= 10) {
    const offset = 3 + random.integer(Math.max(1, Math.floor(count / 3)));
    const relation = random.pick(["at least", "less than"]);
    const above = (relation === "less than") === truth;
    return checked({
      type: "rule",
      id: "length_constraints:number_words",
      kwargs: { num_words: count + (above ? offset : -offset), relation },
    });
  }
  // "If the text mentions the bridge" is a condition to a reader, "if it has the word will" is a riddle.
  const plain = truth
    ? tokens.filter((token) => /^\p{L}{4,}$/u.test(token) && !isStopWord(token))
    : words.filter((word) => !input.toLowerCase().includes(word));
  if (plain.length === 0) return undefined;
  return checked({ type: "rule", id: "keywords:existence", kwargs: { keywords: [random.pick(plain)] } });

  function checked(rule: RuleNode): RuleNode | undefined {
    return checkRule(rule, input, MODE).passed === truth ? rule : undefined;
  }
}

function drawLeaves(
  count: number,
  present: readonly RuleNode[] | undefined,
  { words, spaced }: PlanRequest,
  random: Random,
  parts?: readonly Part[],
): RuleNode[] | undefined {
  const chosen: RuleNode[] = [];
  for (let attempt = 0; attempt < ATTEMPTS && chosen.length < count; attempt++) {
    const rule = drawRule(words, spaced, random, parts);
    const others = [...(present ?? []), ...chosen];
    const fits =
      rule !== undefined &&
      hasRoom(rule, others) &&
      others.every((other) => other.id !== rule.id && !areConflicting(other, rule) && !sharesWord(other, rule));
    if (fits) chosen.push(rule);
  }
  return chosen.length === count ? chosen : undefined;
}

/** Whether a reader would ask for the rule beside these. */
function hasRoom(rule: RuleNode, others: readonly RuleNode[]): boolean {
  const part = partOf(rule);
  const taken = others.map(partOf);
  if (part === "whole") return taken.every((other) => BESIDE_WHOLE.has(other));
  if (taken.includes("whole")) return BESIDE_WHOLE.has(part);
  // The items of a list are sentences to a counter and none to a reader.
  const ids = [rule, ...others].map(({ id }) => id);
  if (ids.includes("length_constraints:number_sentences") && [part, ...taken].includes("list")) return false;
  return taken.filter((other) => other === part).length < (HOLDS_TWO.has(part) ? 2 : 1);
}

function partOf({ id }: RuleNode): Part {
  return RULES[id]?.part ?? "body";
}

function drawRule(words: readonly string[], spaced: boolean, random: Random, parts?: readonly Part[]): RuleNode | undefined {
  const fitting = Object.entries(RULES).filter(
    ([, { spacedOnly, part }]) => (spaced || spacedOnly !== true) && parts?.includes(part) !== false,
  );
  let ticket = random.float() * fitting.reduce((sum, [, { weight }]) => sum + weight, 0);
  const [id, { draw }] = fitting.find(([, { weight }]) => (ticket -= weight) < 0) ?? fitting[0]!;
  const checker = findChecker(id);
  const kwargs = draw === undefined ? (checker.randomKwargs(random) as Kwargs) : draw(random, words, spaced);
  return checker.kwargs.safeParse(kwargs).success ? { type: "rule", id, kwargs } : undefined;
}

/** "use it" and "do not use it" of one word would be a contradiction, or sound like one. */
function sharesWord(a: RuleNode, b: RuleNode): boolean {
  const words = new Set(argumentTexts(a).map((text) => text.toLowerCase()));
  return argumentTexts(b).some((text) => words.has(text.toLowerCase()));
}

/** Words and phrases that a rule's arguments name, thresholds' relations left out. */
export function argumentTexts({ kwargs }: RuleNode): string[] {
  return Object.entries(kwargs)
    .filter(([name]) => !name.endsWith("relation"))
    .flatMap(([, value]) => (Array.isArray(value) ? (value as unknown[]) : [value]))
    .filter((value) => typeof value === "string");
}

function someWords(random: Random, words: readonly string[], most: number): string[] {
  return random.shuffle(words).slice(0, 1 + random.integer(most));
}

function wordRange(random: Random): Kwargs {
  return random.float() < 0.5
    ? { num_words: 10 * (2 + random.integer(9)), relation: "at least" }
    : { num_words: 10 * (4 + random.integer(17)), relation: "less than" };
}
