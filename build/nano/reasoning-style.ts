// Tells the nano world's two kinds of reasoning apart by what they write: deep reasoning lists the rules or decides a condition, and
// works out sums; shallow reasoning only repeats the request. Knows the nano world's wording, so it is of no use elsewhere.

const WRITTEN_STEPS = /(?:^|\s)(?:rules|so): |\bif .*\? .*: (?:yes|no)\.|\d [-+] \d+ = \d|^tens \d/;

export function reasonsDeeply(think: string): boolean {
  return WRITTEN_STEPS.test(think);
}
