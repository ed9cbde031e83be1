// Sums, differences and comparisons within 100, in one or two steps: question, answer and the worked steps. The answer is
// boxed; the label is the number.

import type { Random } from "../../tensor/random.ts";
import { sideOf, type Side } from "./keys.ts";

export interface MathsProblem {
  readonly prompt: string;
  readonly answer: number;
  readonly work: string;
  /** The sum itself, independent of its wording. */
  readonly key: string;
}

interface Worked {
  readonly key: string;
  readonly value: number;
  readonly work: string;
  readonly questions: readonly string[];
}

function addWork(a: number, b: number): string {
  if (a < 10 && b < 10) return `${a} + ${b} = ${a + b}`;
  const ones = (a % 10) + (b % 10);
  const tens = a - (a % 10) + b - (b % 10);
  return `${a} + ${b}: ones ${a % 10} + ${b % 10} = ${ones}. tens ${a - (a % 10)} + ${b - (b % 10)} = ${tens}. ${tens} + ${ones} = ${a + b}`;
}

function subtractWork(a: number, b: number): string {
  const ones = a % 10;
  if (a < 20 || b % 10 === 0 || (b < 10 && b <= ones)) return `${a} - ${b} = ${a - b}`;
  if (b < 10)
    return ones === 0 ? `${a} - ${b} = ${a - b}` : `${a} - ${b}: ${a} - ${ones} = ${a - ones}. ${a - ones} - ${b - ones} = ${a - b}`;
  const middle = a - (b - (b % 10));
  return `${a} - ${b}: ${a} - ${b - (b % 10)} = ${middle}. ${middle} - ${b % 10} = ${a - b}`;
}

const PEOPLE = ["a farmer", "a baker", "a teacher", "my uncle", "my sister", "a sailor"];
const THINGS = ["apples", "eggs", "lamps", "shirts", "chairs", "brushes", "lemons", "boots"];

function sum(random: Random): Worked {
  const a = 2 + random.integer(78);
  const b = 2 + random.integer(98 - a);
  const who = random.pick(PEOPLE);
  const what = random.pick(THINGS);
  return {
    key: `${a}+${b}`,
    value: a + b,
    work: addWork(a, b),
    questions: [
      `what is ${a} + ${b}?`,
      `add ${a} and ${b}.`,
      `work out ${a} + ${b}.`,
      `find the sum of ${a} and ${b}.`,
      `${who} has ${a} ${what} and gets ${b} more. how many ${what} are there now?`,
      `there are ${a} ${what} in a box and ${b} in a bag. how many ${what} are there in all?`,
    ],
  };
}

function difference(random: Random): Worked {
  const a = 12 + random.integer(87);
  const b = 2 + random.integer(a - 4);
  const who = random.pick(PEOPLE);
  const what = random.pick(THINGS);
  return {
    key: `${a}-${b}`,
    value: a - b,
    work: subtractWork(a, b),
    questions: [
      `what is ${a} - ${b}?`,
      `take ${b} away from ${a}.`,
      `work out ${a} - ${b}.`,
      `find ${a} minus ${b}.`,
      `${who} has ${a} ${what} and sells ${b}. how many ${what} are left?`,
      `there are ${a} ${what} and ${b} of them are gone. how many ${what} remain?`,
    ],
  };
}

function comparison(random: Random): Worked {
  const a = 10 + random.integer(89);
  const near = random.float() < 0.5;
  const other = near ? (a % 10) * 10 + Math.floor(a / 10) : 10 + random.integer(89);
  const b = other === a || other < 10 ? (a < 50 ? a + 11 : a - 11) : other;
  const larger = random.float() < 0.5;
  const value = larger ? Math.max(a, b) : Math.min(a, b);
  const [ta, tb] = [Math.floor(a / 10), Math.floor(b / 10)];
  const ones = `tens ${ta} and ${tb}: same. ones ${a % 10} and ${b % 10}`;
  return {
    key: `${larger ? "max" : "min"} ${a} ${b}`,
    value,
    work: `${ta === tb ? ones : `tens ${ta} and ${tb}`}: ${larger ? "larger" : "smaller"} is ${value}`,
    questions: larger
      ? [
          `which is larger, ${a} or ${b}?`,
          `which number is more, ${a} or ${b}?`,
          `find the larger of ${a} and ${b}.`,
          `pick the greater number: ${a} or ${b}.`,
        ]
      : [
          `which is smaller, ${a} or ${b}?`,
          `which number is less, ${a} or ${b}?`,
          `find the smaller of ${a} and ${b}.`,
          `pick the lower number: ${a} or ${b}.`,
        ],
  };
}

function twoSteps(random: Random): Worked {
  const a = 5 + random.integer(45);
  const b = 2 + random.integer(40);
  const first = a + b;
  const plus = first < 90 && random.float() < 0.4;
  const c = plus ? 2 + random.integer(98 - first) : 2 + random.integer(first - 3);
  const value = plus ? first + c : first - c;
  const who = random.pick(PEOPLE);
  const what = random.pick(THINGS);
  const end = plus ? `and then ${c} more` : `and then loses ${c}`;
  return {
    key: `${a}+${b}${plus ? "+" : "-"}${c}`,
    value,
    work: `${addWork(a, b)}. ${plus ? addWork(first, c) : subtractWork(first, c)}`,
    questions: [
      `what is ${a} + ${b} ${plus ? "+" : "-"} ${c}?`,
      `work out ${a} + ${b} ${plus ? "+" : "-"} ${c}.`,
      `add ${a} and ${b}, then ${plus ? "add" : "take away"} ${c}.`,
      `${who} has ${a} ${what}, gets ${b} ${end}. how many ${what} are there at the end?`,
    ],
  };
}

const BOX_REQUESTS = [
  "put the number in \\boxed{}.",
  "write the answer as \\boxed{}.",
  "give the result in \\boxed{}.",
  "answer with \\boxed{} around the number.",
];

export function drawMaths(random: Random, side: Side): MathsProblem {
  for (;;) {
    const draw = random.float();
    const worked = draw < 0.35 ? sum(random) : draw < 0.65 ? difference(random) : draw < 0.8 ? comparison(random) : twoSteps(random);
    if (sideOf("maths", worked.key) !== side) continue;
    return {
      prompt: `${random.pick(worked.questions)} ${random.pick(BOX_REQUESTS)}`,
      answer: worked.value,
      work: worked.work,
      key: worked.key,
    };
  }
}

/** A number a careless reckoner would give: off by one or by ten, or two digits swapped. */
export function carelessResult(problem: MathsProblem, random: Random): number {
  const swapped = problem.answer >= 10 ? (problem.answer % 10) * 10 + Math.floor(problem.answer / 10) : problem.answer + 1;
  const candidates = [problem.answer + 1, problem.answer - 1, problem.answer + 10, problem.answer - 10, swapped].filter(
    (value) => value >= 0 && value !== problem.answer,
  );
  return random.pick(candidates);
}
