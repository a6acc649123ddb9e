-- A compressed snapshot may need a dictionary. Dictionaries are never removed: older snapshots need them.
ALTER TABLE snapshot ADD COLUMN dictionary INTEGER;

CREATE TABLE dictionary (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    made_at   INTEGER NOT NULL,
    -- How many documents the store held then.
    documents INTEGER NOT NULL,
    bytes     BLOB NOT NULL
);

-- What is known of a document's oldest changes, up to change.n = upto, once their rows were dropped.
-- Their bytes are in the document's snapshot.
CREATE TABLE archive (
    document INTEGER PRIMARY KEY REFERENCES document (key),
    upto     INTEGER NOT NULL,
    changes  INTEGER NOT NULL,
    bytes    BLOB NOT NULL
);

-- Where the background jobs stand: the last document they looked at.
CREATE TABLE job (
    name       TEXT PRIMARY KEY,
    cursor     INTEGER NOT NULL,
    -- When the pass under way began, and how many documents it has seen.
    started_at INTEGER NOT NULL,
    seen       INTEGER NOT NULL,
    -- The last pass that came through, and how many documents it saw.
    passed_at  INTEGER,
    passed     INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- What the scrub found wrong and has not found right since.
CREATE TABLE scrub_finding (
    -- A document's id as text, or ward:<id>, or feed.
    subject TEXT NOT NULL,
    code    TEXT NOT NULL,
    detail  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (subject, code)
) WITHOUT ROWID;
