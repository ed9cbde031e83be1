// By which words a reasoning shows that it speaks of a constraint: patterns of general English, one line a rule of the catalogue.
// Rules about given words also need one of those words in the same statement.

interface Cue {
  readonly pattern: RegExp;
  /** The statement must hold one of the rule's own words too. */
  readonly withArgument?: true;
}

const NUMBER = "(?:\\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|a few|several|many|enough)";

const CUES: Readonly<Record<string, Cue>> = {
  "change_case:capital_word_frequency": { pattern: /\bcapital|upper-?\s?case|\bcaps\b/i },
  "change_case:english_capital": { pattern: /\bcapital|upper-?\s?case|\bcaps\b/i },
  "change_case:english_lowercase": { pattern: /\blower-?\s?case|small letters/i },
  "combination:repeat_prompt": { pattern: /\brepeat|\brestate|\bcopy/i },
  "combination:two_responses": { pattern: /\b(?:two|2|both)\s+(?:\w+\s+)?(?:responses?|answers?|versions?|replies)|\*{6}|asterisks/i },
  "detectable_content:number_placeholders": { pattern: /\bplaceholders?|square brackets?|\[\w+\]|\bgaps?\b|\bblanks?\b/i },
  "detectable_content:postscript": { pattern: /\bp\.\s?(?:p\.\s?)?s\b|\bpostscript|\bps\b/i },
  "detectable_format:constrained_response": { pattern: /\byes\b|\bno\b|\bmaybe\b|\boptions?\b|\bchoices?\b/i },
  "detectable_format:json_format": { pattern: /\bjson\b/i },
  "detectable_format:multiple_sections": { pattern: /\bsections?\b|\bparts?\b|\bheadings?\b/i },
  "detectable_format:number_bullet_lists": { pattern: /\bbullets?\b|\bpoints?\b|\blist items?\b|lines? (?:that )?starts?/i },
  "detectable_format:number_highlighted_sections": {
    pattern: /\bhighlight|\bbold\b|\bitalics?\b|\bmark(?:ed|s)?\b|\*\w[^*]*\*|\bstars?\b/i,
  },
  "detectable_format:title": { pattern: /\btitle|<<|\bheading/i },
  "detectable_format:xml_format": { pattern: /\bxml\b|\btags?\b/i },
  "keywords:existence": {
    pattern: /\binclud|\bcontain|\bha(?:s|ve)\b|\buse|\bmention|\bwith\b|\bkeywords?\b|\bwords?\b|\bput\b|\bneed/i,
    withArgument: true,
  },
  "keywords:forbidden_words": {
    pattern: /\bno\b|\bnot\b|n't\b|\bnever\b|\bavoid|\bwithout\b|\bleave out|\bforbid|\bskip/i,
    withArgument: true,
  },
  "keywords:frequency": { pattern: /\btimes\b|\bonce\b|\btwice\b|\boften\b|\bfrequen|\bappear|\boccur/i, withArgument: true },
  "keywords:letter_frequency": { pattern: /\bletters?\b|\btimes\b/i },
  "language:response_language": {
    pattern:
      /\blanguage\b|\btranslat|\b(?:english|german|french|spanish|chinese|japanese|korean|russian|arabic|hindi|italian|portuguese)\b/i,
  },
  "length_constraints:nth_paragraph_first_word": { pattern: /\bparagraphs?\b|\bfirst word\b/i },
  "length_constraints:number_paragraphs": { pattern: /\bparagraphs?\b/i },
  "length_constraints:number_sentences": { pattern: /\bsentences?\b/i },
  "length_constraints:number_words": {
    pattern: new RegExp(`\\b${NUMBER}\\b[^.;]{0,20}\\bwords?\\b|\\bword (?:count|limit)|\\bwords? long|\\bhow many words`, "i"),
  },
  math: { pattern: /\\?box(?:ed)?\b|[-+*/=×÷]\s*\d|\b(?:plus|minus|times|divided|sum|add|subtract|multiply|product)\b/i },
  "punctuation:no_comma": { pattern: /\bcommas?\b/i },
  "raif:character_range": { pattern: /\bcharacters?\b|\blength\b|\bshort|\blong/i },
  "raif:code_fence": { pattern: /\bcode\b|\bfence|```/i },
  "raif:contains_number": { pattern: /\bnumbers?\b|\bcount|\bdigits?\b|\bhow many\b/i },
  "raif:ends_with_mark": { pattern: /\bmark\b|\bend|\bfull stop|\bperiod\b|\bexclamation|\bquestion\b|\bpunctuation/i },
  "raif:equals": { pattern: /\bexactly|\bresult|\bone line|\bin one\b|\bjoin|\bfinal/i },
  "raif:equals_number": { pattern: /\bnumbers?\b|\bonly\b|\bdigits?\b|\bresult/i },
  "raif:exact_words": {
    pattern: new RegExp(`\\b${NUMBER}\\b[^.;]{0,20}\\bwords?\\b|\\bword count|\\bwords? long|\\b(?:last|first|keep)\\s+${NUMBER}`, "i"),
  },
  "raif:first_word": { pattern: /\bfirst\b|\bstart|\bbegin/i },
  "raif:json_schema": { pattern: /\bjson\b|\bschema\b|\bfields?\b|\bkeys?\b/i },
  "raif:last_word": { pattern: /\blast\b|\bend|\bfinal/i },
  "raif:line_range": { pattern: /\blines?\b/i },
  "raif:lowercase": { pattern: /\blower-?\s?case|small letters|no capital/i },
  "raif:more_often": { pattern: /\bmore (?:often|times|than)\b|\bmore\b[^.;]*\bthan\b/i },
  "raif:numbered_list": { pattern: /\bnumber(?:ed|s)?\b|\bsteps?\b/i },
  "raif:only_words_from": { pattern: /\bonly\b|\bfrom\b|\bother words\b|\blist\b/i },
  "raif:regex": { pattern: /\bpattern|\bmatch|\bform(?:at)?\b/i },
  "raif:separator": { pattern: /\bseparat|\bdivid|\bbetween\b|\bline of\b/i },
  "raif:sorted_words": { pattern: /\balphabet|\bsort|\border/i },
  "raif:table_shape": { pattern: /\btables?\b|\bcolumns?\b|\brows?\b/i },
  "raif:unique_words": { pattern: /\brepeat|\bunique|\bonce\b|\bduplicat|\bdifferent\b|\btwice\b/i },
  "raif:uppercase": { pattern: /\bcapital|upper-?\s?case|\bcaps\b/i },
  "raif:word_range": { pattern: new RegExp(`\\b${NUMBER}\\b[^.;]{0,20}\\bwords?\\b|\\bword (?:count|limit)|\\bwords? long`, "i") },
  "raif:words_from": { pattern: /\bfrom\b|\blist\b|\bpick|\bchoose|\bwords?\b/i, withArgument: true },
  "startend:end_checker": { pattern: /\bend|\bfinish|\bclose|\blast\b/i },
  "startend:quotation": { pattern: /\bquot|"/i },
};

/** Rules whose cue is written down; the others are found by the words of their description. */
export const RULES_WITH_CUES: readonly string[] = Object.keys(CUES);

export interface NamedConstraint {
  readonly ruleId: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** What is asked, for a person; serves rules without a cue. */
  readonly expected: string;
}

/** Whether one statement speaks of the constraint. */
export function constraintMatcher(constraint: NamedConstraint): (statement: string) => boolean {
  const cue = CUES[constraint.ruleId];
  if (cue === undefined) return descriptionMatcher(constraint.expected);
  if (cue.withArgument !== true) return (statement) => cue.pattern.test(statement);
  const words = stringsOf(constraint.kwargs).map((word) => word.toLowerCase());
  return (statement) => {
    if (!cue.pattern.test(statement)) return false;
    const lower = statement.toLowerCase();
    return words.some((word) => lower.includes(word));
  };
}

/** Half of the longer words of the description, at least one. */
function descriptionMatcher(expected: string): (statement: string) => boolean {
  const wanted = [...new Set(expected.toLowerCase().match(/\p{L}{4,}/gu) ?? [])];
  if (wanted.length === 0) return () => false;
  return (statement) => {
    const lower = statement.toLowerCase();
    return wanted.filter((word) => lower.includes(word)).length * 2 >= wanted.length;
  };
}

function stringsOf(value: unknown): string[] {
  if (typeof value === "string") return value.trim() === "" ? [] : [value.trim()];
  if (Array.isArray(value)) return value.flatMap(stringsOf);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}
