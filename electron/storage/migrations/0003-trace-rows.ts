// Version 3: one narrow row a rollout with everything that the table of traces filters and sorts by, so that it never reads texts.
// Rows are made of what a step stored (services/trace-index.ts); steps.traces_indexed says where that has been done.

export const traceRows = `
ALTER TABLE steps ADD COLUMN traces_indexed INTEGER NOT NULL DEFAULT 0 CHECK (traces_indexed IN (0, 1));

-- check_states: a letter a check in the order of the tree, p(ass), f(ail), i(nactive), b(locked). differs: the group's responses with
-- reasoning differ in some check. depth and the columns before it are NULL without reasoning.
CREATE TABLE trace_rows (
  run_id INTEGER NOT NULL,
  step INTEGER NOT NULL,
  group_index INTEGER NOT NULL,
  sample_index INTEGER NOT NULL,
  rollout_id INTEGER NOT NULL UNIQUE REFERENCES rollouts (id) ON DELETE CASCADE,
  group_id INTEGER NOT NULL,
  prompt_id INTEGER,
  record_id TEXT NOT NULL,
  composition TEXT NOT NULL,
  mode TEXT NOT NULL,
  reward REAL NOT NULL,
  format_reward REAL NOT NULL,
  accuracy_reward REAL NOT NULL,
  checks_passed INTEGER NOT NULL,
  checks_active INTEGER NOT NULL,
  check_states TEXT NOT NULL,
  advantage REAL,
  length INTEGER NOT NULL,
  finish TEXT NOT NULL,
  gate TEXT NOT NULL,
  kept INTEGER NOT NULL CHECK (kept IN (0, 1)),
  drop_reason TEXT,
  trained INTEGER NOT NULL CHECK (trained IN (0, 1)),
  passes INTEGER NOT NULL CHECK (passes IN (0, 1)),
  differs INTEGER NOT NULL CHECK (differs IN (0, 1)),
  overlap REAL,
  named INTEGER,
  constraints INTEGER,
  checked INTEGER,
  revised INTEGER,
  depth TEXT CHECK (depth IN ('shallow', 'deep')),
  PRIMARY KEY (run_id, step, group_index, sample_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX trace_rows_by_record ON trace_rows (run_id, record_id);

CREATE INDEX verdicts_by_rule ON verdicts (rule_id, state, rollout_id);
`;
