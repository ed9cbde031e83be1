// Version 2: what users add to runs and texts, and where a fork came from. Notes on a rollout hang on its place in the run, not
// on its row, so that they outlive a resumed run, which writes the same rollouts again. A deleted run stays until it is purged.

export const userEdits = `
ALTER TABLE runs ADD COLUMN notes TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1));
-- 1 for an interrupted run that was stopped on purpose, to go on later.
ALTER TABLE runs ADD COLUMN paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1));
ALTER TABLE runs ADD COLUMN deleted_at_ms INTEGER;
ALTER TABLE runs ADD COLUMN forked_from_run INTEGER REFERENCES runs (id) ON DELETE SET NULL;
ALTER TABLE runs ADD COLUMN forked_from_step INTEGER;

CREATE TABLE run_tags (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  tag TEXT NOT NULL CHECK (tag <> ''),
  PRIMARY KEY (run_id, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollout_annotations (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  group_index INTEGER NOT NULL,
  sample_index INTEGER NOT NULL,
  vote INTEGER NOT NULL CHECK (vote IN (-1, 0, 1)),
  comment TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (run_id, step, group_index, sample_index)
) STRICT, WITHOUT ROWID;

-- panes_json: the compared panes with their texts and hashes, as seen. panes_key: hash of what was compared, not of the texts.
CREATE TABLE comparison_annotations (
  id INTEGER PRIMARY KEY,
  record_id TEXT NOT NULL,
  panes_key TEXT NOT NULL,
  panes_json TEXT NOT NULL,
  winner INTEGER,
  comment TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  UNIQUE (record_id, panes_key)
) STRICT;
`;
