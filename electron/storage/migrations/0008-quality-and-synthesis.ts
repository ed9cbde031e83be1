// Version 8: what checks of datasets found, and what syntheses made and rejected.

export const qualityAndSynthesis = `
CREATE TABLE quality_checks (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  -- Of the collection, that was looked at.
  version INTEGER NOT NULL,
  request_json TEXT NOT NULL,
  counts_json TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX quality_checks_by_collection ON quality_checks (collection_id, id);

CREATE TABLE quality_findings (
  check_id INTEGER NOT NULL REFERENCES quality_checks (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  type TEXT NOT NULL,
  severity TEXT NOT NULL,
  finding_json TEXT NOT NULL,
  -- Version that mended it.
  fixed_in INTEGER,
  PRIMARY KEY (check_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE syntheses (
  id INTEGER PRIMARY KEY,
  request_json TEXT NOT NULL,
  -- Stages, shortfall and hash of the prompts, once it is done.
  outcome_json TEXT,
  created_at_ms INTEGER NOT NULL
) STRICT;

-- record_json: accepted. Otherwise stage, reason, and sample_json: as far as it got.
CREATE TABLE synthesis_samples (
  synthesis_id INTEGER NOT NULL REFERENCES syntheses (id) ON DELETE CASCADE,
  sample_index INTEGER NOT NULL,
  record_json TEXT,
  stage TEXT,
  reason TEXT,
  sample_json TEXT,
  PRIMARY KEY (synthesis_id, sample_index)
) STRICT, WITHOUT ROWID;
`;
