// Version 11: a copy of the narrow columns of a large dataset, so that a process need not read them row by row. It may be older than the
// dataset, or missing: what it says can be read from the rows.

export const collectionColumns = `
-- data: packed, as services/datasets/stored-table.ts says.
CREATE TABLE collection_columns (
  collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  -- Of the collection.
  version INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (collection_id, name)
) STRICT;
`;
