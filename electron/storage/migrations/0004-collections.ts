// Collections: datasets that are edited. A row's states are immutable; a version is a list of changes, each from one state to another,
// and heads say which state is the present one. Runs go on using the frozen copies in `datasets`.
// Words are searched in the text of a content once, however many states share the text (text_id is the content that was indexed).
// Rows, contents, states, heads and changes name each other without foreign keys: each key would cost an index on the way in of every
// row, and all of them are written by storage/collection-*.ts alone.

export const collections = `
CREATE TABLE collections (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;

-- about: the version that an undo, redo or restore is about.
CREATE TABLE collection_versions (
  collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('create', 'import', 'edit', 'undo', 'redo', 'restore')),
  title TEXT NOT NULL,
  about INTEGER,
  changed INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (collection_id, version)
) STRICT, WITHOUT ROWID;

-- An import writes its rows in pieces; they belong to the collection once it is finished.
CREATE TABLE collection_imports (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  source TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'cancelled')),
  summary_json TEXT,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX collection_imports_by_collection ON collection_imports (collection_id, status);

-- content_hash: of what was imported or written, 16 bytes, so that the same thing is not taken in twice. original_json: every field as
-- imported, NULL where the first record is that.
CREATE TABLE collection_rows (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  import_id INTEGER REFERENCES collection_imports (id) ON DELETE SET NULL,
  content_hash BLOB NOT NULL,
  original_json TEXT,
  UNIQUE (collection_id, content_hash)
) STRICT;
CREATE INDEX collection_rows_by_import ON collection_rows (import_id) WHERE import_id IS NOT NULL;

CREATE TABLE collection_contents (
  id INTEGER PRIMARY KEY,
  record_json TEXT NOT NULL
) STRICT;

-- rules_json, tags_json: lists of distinct strings. length: characters of the messages.
CREATE TABLE collection_states (
  id INTEGER PRIMARY KEY,
  row_id INTEGER NOT NULL,
  content_id INTEGER NOT NULL,
  text_id INTEGER NOT NULL,
  record_id TEXT NOT NULL,
  split TEXT NOT NULL,
  source TEXT NOT NULL,
  format TEXT NOT NULL,
  composition TEXT NOT NULL,
  depth INTEGER NOT NULL,
  checks INTEGER NOT NULL,
  rules_json TEXT NOT NULL,
  tags_json TEXT NOT NULL,
  language TEXT NOT NULL,
  length INTEGER NOT NULL,
  expert INTEGER NOT NULL CHECK (expert IN (0, 1)),
  state TEXT NOT NULL CHECK (state IN ('ready', 'unlabelled', 'problem')),
  problem TEXT
) STRICT;

CREATE TABLE collection_heads (
  collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  row_id INTEGER NOT NULL,
  state_id INTEGER NOT NULL,
  PRIMARY KEY (collection_id, row_id)
) STRICT, WITHOUT ROWID;

-- before_state NULL: added; after_state NULL: removed.
CREATE TABLE collection_changes (
  collection_id INTEGER NOT NULL,
  row_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  before_state INTEGER,
  after_state INTEGER,
  PRIMARY KEY (collection_id, row_id, version),
  FOREIGN KEY (collection_id, version) REFERENCES collection_versions (collection_id, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX collection_changes_by_version ON collection_changes (collection_id, version, row_id);

-- What could not be taken in. kind: 'bad' waits for repair; 'context' is no record of its own but belongs to others, kept as it was.
CREATE TABLE collection_rejects (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  import_id INTEGER NOT NULL REFERENCES collection_imports (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('bad', 'context')),
  content_hash BLOB NOT NULL,
  source TEXT NOT NULL,
  split TEXT NOT NULL,
  line INTEGER NOT NULL,
  field TEXT NOT NULL,
  reason TEXT NOT NULL,
  text TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'repaired', 'discarded')),
  UNIQUE (collection_id, content_hash)
) STRICT;

CREATE VIRTUAL TABLE collection_texts_fts USING fts5 (
  text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
`;
