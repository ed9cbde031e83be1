// The name of a rule for a person.

/** "length_constraints:number_words" as "length constraints: number words". */
export function ruleLabel(ruleId: string): string {
  return ruleId
    .replace(/^raif:/, "")
    .replaceAll("_", " ")
    .replace(":", ": ");
}
