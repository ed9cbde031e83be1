// The closed lexicon of the nano world: topics with their words, and the function words of the sentence frames. Owns words
// only; how they are put together lives in sentences.ts and answers.ts.

export interface Topic {
  readonly name: string;
  /** "animals": what a list of these words is called. */
  readonly plural: string;
  /** "an animal": completes "is a dog ...". */
  readonly one: string;
  readonly words: readonly string[];
  /** being: can sleep and sing; thing: can lie and stand; none: never the subject of a sentence. */
  readonly subject: "being" | "thing" | "none";
}

function topic(plural: string, one: string, subject: Topic["subject"], words: string): Topic {
  return { name: plural, plural, one, subject, words: words.split(" ") };
}

export const TOPICS: readonly Topic[] = [
  topic("animals", "an animal", "being", "dog cow hen pig goat horse sheep duck fox bear lion tiger rabbit mouse zebra wolf"),
  topic("fruits", "a fruit", "none", "apple banana cherry fig grape kiwi lemon mango peach plum melon berry"),
  topic("colours", "a colour", "none", "red blue green white black brown pink grey purple yellow silver violet"),
  topic("tools", "a tool", "thing", "hammer saw drill axe knife rope ladder brush shovel needle wrench file"),
  topic("clothes", "a piece of clothing", "thing", "coat shirt sock shoe glove dress jacket belt hat vest tie boot"),
  topic("foods", "a food", "none", "bread rice soup cheese egg cake honey pasta salad meat noodle ham"),
  topic("relatives", "a relative", "being", "mother father sister brother uncle aunt cousin nephew daughter husband wife grandmother"),
  topic("jobs", "a job", "being", "baker farmer doctor teacher nurse pilot sailor lawyer painter king judge waiter"),
  topic("places", "a place", "none", "park lake river forest market school beach garden village island tower kitchen"),
  topic("vehicles", "a vehicle", "thing", "bus train boat van taxi plane ship truck car lorry wagon canoe"),
  topic("furniture", "a piece of furniture", "thing", "table chair bed desk lamp sofa shelf mirror wardrobe bench cupboard rug"),
  topic("body parts", "a body part", "none", "hand foot nose mouth arm knee finger shoulder elbow leg tongue wrist"),
  topic("weather words", "a weather word", "none", "rain snow wind fog storm cloud thunder ice hail mist heat drought"),
  topic("instruments", "an instrument", "thing", "piano drum violin guitar flute trumpet harp bell organ cello lute viola"),
];

export const BEING_VERBS = "sleeps waits sits rests plays sings walks runs eats smiles hides works".split(" ");
export const THING_VERBS = "lies stays stands falls waits rests".split(" ");
export const BEING_ADJECTIVES = "big small old young happy quiet kind tired strong clever".split(" ");
export const THING_ADJECTIVES = "big small old new clean heavy light good broken little".split(" ");
export const ADVERBS = "quietly slowly again alone here happily".split(" ");
export const PREPOSITIONS = "near by behind beside with".split(" ");
export const OPENERS = "today now sometimes often".split(" ");
export const DETERMINERS = "the my our this that one every".split(" ");
export const PHRASE_DETERMINERS = ["the", "the", "the", "my", "our", "that"];

const FRAME_WORDS = [
  ...BEING_VERBS,
  ...THING_VERBS,
  ...BEING_ADJECTIVES,
  ...THING_ADJECTIVES,
  ...ADVERBS,
  ...PREPOSITIONS,
  ...OPENERS,
  ...DETERMINERS,
  ..."a an and place name time all that is end thank you goodbye done note call list answer".split(" "),
];

const ALL_NOUNS = TOPICS.flatMap((entry) => entry.words);

/** True if the word never occurs inside another word of the world, so that substring and whole-word checks agree. */
function standsAlone(word: string): boolean {
  const others = [...ALL_NOUNS, ...FRAME_WORDS, ...TOPICS.map((entry) => entry.plural)];
  return others.every((other) => other === word || !other.includes(word));
}

const KEYWORD_SAFE = new Set(ALL_NOUNS.filter(standsAlone));

export function isKeywordSafe(word: string): boolean {
  return KEYWORD_SAFE.has(word);
}

const TOPIC_OF = new Map(TOPICS.flatMap((entry) => entry.words.map((word) => [word, entry] as const)));

export function topicOf(word: string): Topic | undefined {
  return TOPIC_OF.get(word);
}

export const SUBJECT_TOPICS = TOPICS.filter((entry) => entry.subject !== "none");

export function withArticle(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}
