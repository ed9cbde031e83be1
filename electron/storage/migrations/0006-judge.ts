// Version 6: what each check contributes to its reward, how sure a judge was, and what judges have said, so that nothing is asked
// twice and judging that was cut off goes on where it was.

export const judge = `
-- share: its part of the accuracy reward; margin: log p(yes) - log p(no). NULL where older versions stored the check, or no judge
-- could tell.
ALTER TABLE verdicts ADD COLUMN share REAL;
ALTER TABLE verdicts ADD COLUMN margin REAL;
ALTER TABLE evaluation_verdicts ADD COLUMN share REAL;
ALTER TABLE evaluation_verdicts ADD COLUMN margin REAL;

-- key: SHA-256 over judge, wording of the request, conversation, answer and question. note: what was said besides yes or no.
CREATE TABLE judge_verdicts (
  key TEXT PRIMARY KEY,
  judge TEXT NOT NULL,
  yes INTEGER NOT NULL CHECK (yes IN (0, 1)),
  margin REAL,
  note TEXT,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
