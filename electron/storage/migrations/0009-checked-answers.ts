// Version 9: answers that a check found wrong or read in two ways, one row each, so that there may be any number of them.

export const checkedAnswers = `
CREATE TABLE checked_answers (
  job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  -- In the order of the dataset's rows.
  position INTEGER NOT NULL,
  row_id INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  -- The two readings of the rules disagree about it.
  differs INTEGER NOT NULL,
  answer_json TEXT NOT NULL,
  PRIMARY KEY (job_id, position)
) STRICT, WITHOUT ROWID;
`;
