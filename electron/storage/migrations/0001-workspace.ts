// Version 1: the whole first schema. Never edited after release; changes go into the next number.
// Conventions: *_json is JSON text, *_ms milliseconds (since 1970 for moments), BLOB layouts as in blobs.ts, hashes SHA-256 hex.
// Verdict spans are JSON pairs [start, end) of UTF-16 units in the answer text. A NULL metric value means NaN.

export const workspaceSchema = `
CREATE TABLE datasets (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  source TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  record_count INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  UNIQUE (name, version),
  UNIQUE (name, content_hash)
) STRICT;

CREATE TABLE dataset_records (
  dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  record_id TEXT NOT NULL,
  record_json TEXT NOT NULL,
  PRIMARY KEY (dataset_id, position),
  UNIQUE (dataset_id, record_id)
) STRICT;

CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  method TEXT NOT NULL,
  recipe TEXT,
  config_json TEXT NOT NULL,
  config_hash TEXT NOT NULL,
  seed INTEGER NOT NULL,
  device TEXT NOT NULL,
  total_steps INTEGER NOT NULL,
  dataset_id INTEGER REFERENCES datasets (id),
  data_hash TEXT NOT NULL,
  base_model TEXT NOT NULL,
  model_hash TEXT NOT NULL,
  tokenizer_hash TEXT NOT NULL,
  chat_template_hash TEXT NOT NULL,
  engine_version TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'interrupted', 'finished', 'failed', 'cancelled')),
  error_json TEXT,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER
) STRICT;

CREATE TABLE steps (
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  model_hash TEXT NOT NULL,
  adapter_hash TEXT,
  chat_template_hash TEXT NOT NULL,
  sampler_hash TEXT,
  random_json TEXT NOT NULL,
  cursor_json TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (run_id, step)
) STRICT;

CREATE TABLE metrics (
  run_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  step INTEGER NOT NULL,
  value REAL,
  PRIMARY KEY (run_id, name, step),
  FOREIGN KEY (run_id, step) REFERENCES steps (run_id, step) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX metrics_by_step ON metrics (run_id, step);

CREATE TABLE timings (
  run_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  step INTEGER NOT NULL,
  value_ms REAL NOT NULL,
  PRIMARY KEY (run_id, name, step),
  FOREIGN KEY (run_id, step) REFERENCES steps (run_id, step) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX timings_by_step ON timings (run_id, step);

CREATE TABLE groups (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL,
  step INTEGER NOT NULL,
  group_index INTEGER NOT NULL,
  record_id TEXT NOT NULL,
  kept INTEGER NOT NULL CHECK (kept IN (0, 1)),
  drop_reason TEXT,
  details_json TEXT,
  UNIQUE (run_id, step, group_index),
  FOREIGN KEY (run_id, step) REFERENCES steps (run_id, step) ON DELETE CASCADE
) STRICT;
CREATE INDEX groups_by_record ON groups (run_id, record_id);

CREATE TABLE group_prompts (
  id INTEGER PRIMARY KEY,
  group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  mode TEXT NOT NULL CHECK (mode IN ('think', 'empty')),
  prompt TEXT NOT NULL,
  token_ids BLOB NOT NULL,
  UNIQUE (group_id, mode)
) STRICT;

CREATE TABLE rollouts (
  id INTEGER PRIMARY KEY,
  group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  sample_index INTEGER NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('think', 'empty')),
  text TEXT NOT NULL,
  think TEXT,
  answer TEXT,
  searchable_answer TEXT GENERATED ALWAYS AS (coalesce(answer, text)) VIRTUAL,
  finish TEXT NOT NULL,
  seed INTEGER NOT NULL,
  token_ids BLOB NOT NULL,
  log_probs BLOB NOT NULL,
  old_log_probs BLOB,
  ref_log_probs BLOB,
  entropies BLOB,
  reward REAL NOT NULL,
  format_reward REAL NOT NULL,
  accuracy_reward REAL NOT NULL,
  checks_passed INTEGER NOT NULL,
  checks_active INTEGER NOT NULL,
  gate TEXT NOT NULL,
  advantage REAL,
  trained INTEGER NOT NULL CHECK (trained IN (0, 1)),
  UNIQUE (group_id, sample_index)
) STRICT;

CREATE TABLE verdicts (
  rollout_id INTEGER NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  kwargs_json TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pass', 'fail', 'inactive', 'blocked')),
  passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
  expected TEXT NOT NULL,
  got TEXT NOT NULL,
  spans_json TEXT NOT NULL,
  PRIMARY KEY (rollout_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE expert_samples (
  run_id INTEGER NOT NULL,
  step INTEGER NOT NULL,
  sample_index INTEGER NOT NULL,
  record_id TEXT NOT NULL,
  token_count INTEGER NOT NULL,
  loss REAL,
  PRIMARY KEY (run_id, step, sample_index),
  FOREIGN KEY (run_id, step) REFERENCES steps (run_id, step) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('resumable', 'weights')),
  content TEXT NOT NULL CHECK (content IN ('full', 'adapter')),
  state_json TEXT NOT NULL,
  hash TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  UNIQUE (run_id, step)
) STRICT;

CREATE TABLE checkpoint_tensors (
  id INTEGER PRIMARY KEY,
  checkpoint_id INTEGER NOT NULL REFERENCES checkpoints (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('parameter', 'first-moment', 'second-moment')),
  name TEXT NOT NULL,
  dtype TEXT NOT NULL,
  shape_json TEXT NOT NULL,
  hash TEXT NOT NULL,
  UNIQUE (checkpoint_id, role, name)
) STRICT;

CREATE TABLE checkpoint_tensor_parts (
  tensor_id INTEGER NOT NULL REFERENCES checkpoint_tensors (id) ON DELETE CASCADE,
  part INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (tensor_id, part)
) STRICT;

CREATE TABLE evaluations (
  id INTEGER PRIMARY KEY,
  run_id INTEGER REFERENCES runs (id) ON DELETE CASCADE,
  step INTEGER,
  model TEXT NOT NULL,
  model_hash TEXT NOT NULL,
  adapter_hash TEXT,
  chat_template_hash TEXT NOT NULL,
  sampler_hash TEXT NOT NULL,
  dataset_id INTEGER REFERENCES datasets (id),
  data_hash TEXT NOT NULL,
  dataset_name TEXT NOT NULL,
  method TEXT NOT NULL,
  config_json TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'interrupted', 'finished', 'failed', 'cancelled')),
  summary_json TEXT,
  created_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER
) STRICT;
CREATE INDEX evaluations_by_run ON evaluations (run_id, step);

CREATE TABLE evaluation_items (
  id INTEGER PRIMARY KEY,
  evaluation_id INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  record_id TEXT NOT NULL,
  text TEXT NOT NULL,
  think TEXT,
  answer TEXT,
  finish TEXT NOT NULL,
  seed INTEGER NOT NULL,
  prompt_ids BLOB NOT NULL,
  token_ids BLOB NOT NULL,
  log_probs BLOB NOT NULL,
  correct INTEGER NOT NULL CHECK (correct IN (0, 1)),
  checks_passed INTEGER NOT NULL,
  checks_active INTEGER NOT NULL,
  gate TEXT NOT NULL,
  UNIQUE (evaluation_id, position)
) STRICT;

CREATE TABLE evaluation_verdicts (
  item_id INTEGER NOT NULL REFERENCES evaluation_items (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  kwargs_json TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pass', 'fail', 'inactive', 'blocked')),
  passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
  expected TEXT NOT NULL,
  got TEXT NOT NULL,
  spans_json TEXT NOT NULL,
  PRIMARY KEY (item_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  run_id INTEGER REFERENCES runs (id) ON DELETE CASCADE,
  arguments_json TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'interrupted', 'finished', 'failed', 'cancelled')),
  progress_json TEXT,
  error_json TEXT,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value_json TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE rollouts_fts USING fts5 (
  think, searchable_answer, content='rollouts', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
CREATE TRIGGER rollouts_fts_insert AFTER INSERT ON rollouts BEGIN
  INSERT INTO rollouts_fts (rowid, think, searchable_answer) VALUES (new.id, new.think, new.searchable_answer);
END;
CREATE TRIGGER rollouts_fts_delete AFTER DELETE ON rollouts BEGIN
  INSERT INTO rollouts_fts (rollouts_fts, rowid, think, searchable_answer) VALUES ('delete', old.id, old.think, old.searchable_answer);
END;

CREATE VIRTUAL TABLE prompts_fts USING fts5 (
  prompt, content='group_prompts', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
CREATE TRIGGER prompts_fts_insert AFTER INSERT ON group_prompts BEGIN
  INSERT INTO prompts_fts (rowid, prompt) VALUES (new.id, new.prompt);
END;
CREATE TRIGGER prompts_fts_delete AFTER DELETE ON group_prompts BEGIN
  INSERT INTO prompts_fts (prompts_fts, rowid, prompt) VALUES ('delete', old.id, old.prompt);
END;
`;
