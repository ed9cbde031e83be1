// The parts of a response that a ComplexBench rule looks at, as the benchmark's extracting model names them: text after a marker, "all",
// "None", several separated by "||".

const HEADING = "【模型回复中评分问题的评测对象】\n";
const REMARKS = ["\n\n请注意", "\n\n**注意", "\n\n注意"];
const MARKERS = ["评分对象：", "评测对象：", "："];

/** No parts where either is missing. Never throws. */
export function extractedParts(response: string | undefined, extraction: string | undefined): string[] {
  if (response === undefined || extraction === undefined) return [];
  const headed = afterLast(extraction, HEADING) ?? extraction;
  const body = REMARKS.reduce((text, remark) => {
    const at = text.lastIndexOf(remark);
    return at < 0 ? text : text.slice(0, at);
  }, headed);
  const marker = MARKERS.find((mark) => body.includes(mark));
  const named = (marker === undefined ? undefined : afterLast(body, marker)) ?? body;
  if (named.startsWith("all")) return [response];
  return named.includes("None") ? [] : named.split("||").map((part) => part.trim());
}

function afterLast(text: string, mark: string): string | undefined {
  const at = text.lastIndexOf(mark);
  return at < 0 ? undefined : text.slice(at + mark.length);
}
