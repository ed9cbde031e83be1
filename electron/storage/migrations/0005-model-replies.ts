// Version 5: answers of models that were asked by their request, so that work that goes on later asks and pays nothing twice.

export const modelReplies = `
-- request_hash: SHA-256 of where the model is, which one, and the canonical JSON of what it was asked; never of a key.
CREATE TABLE model_replies (
  request_hash TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  reply_json TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
