// Version 10: changes of many rows write their states in pieces, so that others can write between them. What one wrote that died before it
// became a version is found here.

export const collectionEdits = `
CREATE TABLE collection_edits (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  status TEXT NOT NULL CHECK (status IN ('running', 'dropped')),
  updated_at_ms INTEGER NOT NULL
) STRICT;

-- Ids from first to last were written by this edit alone; first_content NULL: its states hold contents that were there.
CREATE TABLE collection_edit_pieces (
  edit_id INTEGER NOT NULL REFERENCES collection_edits (id) ON DELETE CASCADE,
  first_state INTEGER NOT NULL,
  last_state INTEGER NOT NULL,
  first_content INTEGER,
  last_content INTEGER,
  PRIMARY KEY (edit_id, first_state)
) STRICT, WITHOUT ROWID;
`;
