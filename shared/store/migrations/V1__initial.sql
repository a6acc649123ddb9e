-- The first shape of a node's or hub's database. Ids are blobs, times are Unix milliseconds,
-- heads are 32-byte hashes one after the other, sorted.

-- Plain settings, keys and what this database is.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE secret (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- Documents get a small integer key, because the change log names them millions of times.
-- A row without a ward only reserves the key.
CREATE TABLE document (
    key             INTEGER PRIMARY KEY,
    id              BLOB NOT NULL UNIQUE,
    ward            TEXT,
    custody_version INTEGER NOT NULL DEFAULT 0,
    generation      INTEGER NOT NULL DEFAULT 0,
    heads           BLOB NOT NULL DEFAULT x'',
    -- The node's heads at its feed position.
    feed_heads      BLOB NOT NULL DEFAULT x'',
    -- The newest change that the projection knows.
    projected       INTEGER NOT NULL DEFAULT 0,
    -- What came after the last snapshot.
    tail_changes    INTEGER NOT NULL DEFAULT 0,
    tail_bytes      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX document_ward ON document (ward);

-- `n` grows with every insertion, and a change is only stored after those it builds on, so the
-- order of `n` is a causal order.
CREATE TABLE change (
    n           INTEGER PRIMARY KEY AUTOINCREMENT,
    document    INTEGER NOT NULL REFERENCES document (key),
    hash        BLOB NOT NULL,
    actor       BLOB NOT NULL,
    seq         INTEGER NOT NULL,
    start_op    INTEGER NOT NULL,
    max_op      INTEGER NOT NULL,
    deps        BLOB NOT NULL,
    time        INTEGER NOT NULL,
    message     TEXT NOT NULL,
    author      BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    bytes       BLOB NOT NULL,
    UNIQUE (document, hash),
    UNIQUE (document, actor, seq)
);

CREATE TABLE snapshot (
    document INTEGER PRIMARY KEY REFERENCES document (key),
    upto     INTEGER NOT NULL,
    heads    BLOB NOT NULL,
    bytes    BLOB NOT NULL
);

-- Documents whose projection is older than their changes; `mark` is the newest change.
CREATE TABLE dirty (
    document INTEGER PRIMARY KEY REFERENCES document (key),
    mark     INTEGER NOT NULL,
    since    INTEGER NOT NULL
);
CREATE INDEX dirty_since ON dirty (since, document);

-- A change that was refused. Never merged, never lost; its document need not exist.
CREATE TABLE quarantine (
    document   BLOB NOT NULL,
    hash       BLOB NOT NULL,
    device     BLOB NOT NULL,
    code       TEXT NOT NULL,
    because_of BLOB,
    bytes      BLOB NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (document, hash)
);

-- Node: what it wrote, in order, and where it stands.
CREATE TABLE push_log (
    lseq     INTEGER PRIMARY KEY,
    chain    BLOB NOT NULL,
    document BLOB NOT NULL,
    hash     BLOB NOT NULL,
    at       INTEGER NOT NULL
);

CREATE TABLE node_state (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    acked_lseq  INTEGER NOT NULL DEFAULT 0,
    acked_chain BLOB NOT NULL DEFAULT x'00000000000000000000000000000000',
    feed_epoch  BLOB,
    feed_seq    INTEGER NOT NULL DEFAULT 0,
    feed_chain  BLOB NOT NULL DEFAULT x'00000000000000000000000000000000',
    digest_n    INTEGER NOT NULL DEFAULT 0,
    digest_sum  BLOB NOT NULL
        DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000',
    proven_at   INTEGER,
    proven_seq  INTEGER
);
INSERT INTO node_state (one) VALUES (1);

CREATE TABLE membership (
    one               INTEGER PRIMARY KEY CHECK (one = 1),
    hub               BLOB NOT NULL,
    hub_url           TEXT NOT NULL,
    tls_pin           BLOB,
    hub_key           BLOB NOT NULL,
    sealing_recipient TEXT NOT NULL,
    hub_epoch         BLOB NOT NULL,
    device            BLOB NOT NULL,
    ward              TEXT NOT NULL,
    ward_name         TEXT NOT NULL,
    units_as_of       TEXT NOT NULL
);

-- Hub: wards, their feeds, their devices.
CREATE TABLE ward (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE ward_feed (
    ward       TEXT PRIMARY KEY,
    epoch      BLOB NOT NULL,
    seq        INTEGER NOT NULL,
    chain      BLOB NOT NULL,
    digest_n   INTEGER NOT NULL,
    digest_sum BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE feed (
    ward        TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    chain       BLOB NOT NULL,
    document    BLOB NOT NULL,
    generation  INTEGER NOT NULL,
    hash        BLOB NOT NULL,
    author      BLOB NOT NULL,
    lseq        INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (ward, seq)
) WITHOUT ROWID;

CREATE TABLE device (
    id              BLOB PRIMARY KEY,
    ward            TEXT NOT NULL,
    name            TEXT NOT NULL,
    public_key      BLOB NOT NULL,
    epoch           BLOB NOT NULL,
    acked           INTEGER NOT NULL,
    acked_chain     BLOB NOT NULL,
    confirmed       INTEGER NOT NULL,
    sent_epoch      BLOB,
    sent_seq        INTEGER,
    sent_chain      BLOB,
    sent_digest_n   INTEGER,
    sent_digest_sum BLOB,
    last_contact    INTEGER,
    proven_at       INTEGER,
    proven_seq      INTEGER,
    status          TEXT NOT NULL,
    mismatches      INTEGER NOT NULL,
    app             TEXT NOT NULL,
    enrolled_at     INTEGER NOT NULL,
    revoked_at      INTEGER
) WITHOUT ROWID;
CREATE INDEX device_ward ON device (ward);

CREATE TABLE device_push (
    device     BLOB NOT NULL,
    lseq       INTEGER NOT NULL,
    chain      BLOB NOT NULL,
    document   BLOB NOT NULL,
    hash       BLOB NOT NULL,
    refused    TEXT,
    because_of BLOB,
    PRIMARY KEY (device, lseq)
) WITHOUT ROWID;

CREATE TABLE custody (
    document BLOB NOT NULL,
    version  INTEGER NOT NULL,
    ward     TEXT NOT NULL,
    heads    BLOB NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (document, version)
) WITHOUT ROWID;

CREATE TABLE enrol_code (
    code_hash  BLOB PRIMARY KEY,
    ward       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    tries      INTEGER NOT NULL,
    used_at    INTEGER,
    used_by    BLOB
) WITHOUT ROWID;

CREATE TABLE sync_log (
    n         INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    ward      TEXT NOT NULL,
    device    BLOB NOT NULL,
    bytes_in  INTEGER NOT NULL,
    bytes_out INTEGER NOT NULL,
    pushed    INTEGER NOT NULL,
    pulled    INTEGER NOT NULL,
    result    TEXT NOT NULL
);
CREATE INDEX sync_log_ward ON sync_log (ward, n);

-- Projections: what lists, search and reports read. They can be rebuilt from the documents.
CREATE TABLE person (
    document               INTEGER PRIMARY KEY REFERENCES document (key),
    ward                   TEXT NOT NULL,
    sort_key               BLOB NOT NULL,
    person_id_no           TEXT,
    birth_earliest         TEXT,
    sex                    TEXT,
    title                  TEXT,
    org_unit               TEXT,
    subject_type           TEXT,
    is_leader              INTEGER NOT NULL,
    is_key                 INTEGER NOT NULL,
    qualification          TEXT,
    qualification_level    INTEGER NOT NULL,
    political_theory       TEXT,
    political_theory_level INTEGER NOT NULL,
    state_management       TEXT,
    state_management_level INTEGER NOT NULL,
    rank                   TEXT,
    ethnic                 TEXT,
    religion               TEXT,
    party_member           INTEGER NOT NULL,
    work_status            TEXT,
    missing_required       INTEGER NOT NULL,
    errors                 INTEGER NOT NULL,
    warnings               INTEGER NOT NULL,
    retired                INTEGER NOT NULL,
    heads                  BLOB NOT NULL,
    updated_at             INTEGER NOT NULL,
    -- Every fact as JSON, so that a fact can be added without a migration.
    facts                  TEXT NOT NULL
);
CREATE INDEX person_sort ON person (sort_key, document);
CREATE INDEX person_ward_sort ON person (ward, sort_key, document);
CREATE INDEX person_id_no ON person (person_id_no) WHERE person_id_no IS NOT NULL;

-- Folded words (no marks, lower case): name, initials, numbers. The folding is done before, because
-- SQLite's own tokenizer does not fold the letter đ.
CREATE VIRTUAL TABLE person_search USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, prefix = '2 3 4',
    tokenize = 'unicode61 remove_diacritics 0'
);

CREATE TABLE conflict (
    document  INTEGER NOT NULL REFERENCES document (key),
    path      TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    PRIMARY KEY (document, path)
) WITHOUT ROWID;

CREATE TABLE problem (
    document INTEGER NOT NULL REFERENCES document (key),
    place    INTEGER NOT NULL,
    path     TEXT NOT NULL,
    value    TEXT NOT NULL,
    level    TEXT NOT NULL,
    code     TEXT NOT NULL,
    args     TEXT NOT NULL,
    PRIMARY KEY (document, place)
) WITHOUT ROWID;

-- Accounts.
CREATE TABLE account (
    id            BLOB PRIMARY KEY,
    login         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    must_change   INTEGER NOT NULL,
    disabled      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE session (
    id_hash    BLOB PRIMARY KEY,
    account    BLOB NOT NULL REFERENCES account (id),
    created_at INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    address    TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_account ON session (account);

CREATE TABLE login_failure (
    subject TEXT PRIMARY KEY,
    count   INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL
) WITHOUT ROWID;

-- Who did and who saw what. Each row's chain covers the one before.
CREATE TABLE audit (
    n        INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    account  BLOB,
    action   TEXT NOT NULL,
    document BLOB,
    detail   TEXT NOT NULL,
    chain    BLOB NOT NULL
);

-- Imports, so that one can be undone.
CREATE TABLE import_batch (
    n         INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    account   BLOB NOT NULL,
    file_name TEXT NOT NULL,
    undone_at INTEGER
);

CREATE TABLE import_item (
    batch    INTEGER NOT NULL REFERENCES import_batch (n),
    place    INTEGER NOT NULL,
    document BLOB NOT NULL,
    hash     BLOB NOT NULL,
    created  INTEGER NOT NULL,
    PRIMARY KEY (batch, place)
) WITHOUT ROWID;
