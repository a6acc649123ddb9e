-- Files that records refer to. Their bytes lie outside the documents and travel after them, piece by
-- piece: `have` counts those that are here, from the beginning on; `sent` those that the hub is
-- known to have, in the incarnation of its feed that `sent_in` names (nodes only).
CREATE TABLE file (
    document BLOB NOT NULL,
    sha256   BLOB NOT NULL,
    size     INTEGER NOT NULL,
    have     INTEGER NOT NULL DEFAULT 0,
    sent     INTEGER NOT NULL DEFAULT 0,
    sent_in  BLOB,
    PRIMARY KEY (document, sha256)
) WITHOUT ROWID;
CREATE INDEX file_missing ON file (document) WHERE have < size;

-- One piece, sealed with the document's key.
CREATE TABLE file_piece (
    document BLOB NOT NULL,
    sha256   BLOB NOT NULL,
    start    INTEGER NOT NULL,
    bytes    BLOB NOT NULL,
    PRIMARY KEY (document, sha256, start)
);
