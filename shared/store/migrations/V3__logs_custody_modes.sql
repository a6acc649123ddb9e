-- Logs by incarnation, custody, quarantine that is written anew, and what a node is busy with.

-- Hub: what each incarnation (author epoch) of a device's database has pushed. `n` keeps the order
-- in which they were first heard of.
CREATE TABLE device_log (
    n               INTEGER PRIMARY KEY AUTOINCREMENT,
    device          BLOB NOT NULL,
    epoch           BLOB NOT NULL,
    acked           INTEGER NOT NULL,
    acked_chain     BLOB NOT NULL,
    confirmed       INTEGER NOT NULL,
    sent_epoch      BLOB,
    sent_seq        INTEGER,
    sent_chain      BLOB,
    sent_digest_n   INTEGER,
    sent_digest_sum BLOB,
    opened_at       INTEGER NOT NULL,
    last_contact    INTEGER,
    rotated_from    BLOB,
    rotated_why     TEXT,
    left_for        BLOB,
    UNIQUE (device, epoch)
);
-- Whose incarnation an epoch is: no two devices share one.
CREATE INDEX device_log_epoch ON device_log (epoch);
INSERT INTO device_log (device, epoch, acked, acked_chain, confirmed, sent_epoch, sent_seq,
                        sent_chain, sent_digest_n, sent_digest_sum, opened_at, last_contact)
SELECT id, epoch, acked, acked_chain, confirmed, sent_epoch, sent_seq, sent_chain, sent_digest_n,
       sent_digest_sum, enrolled_at, last_contact
FROM device ORDER BY enrolled_at, id;

CREATE TABLE device_push_by_epoch (
    device     BLOB NOT NULL,
    epoch      BLOB NOT NULL,
    lseq       INTEGER NOT NULL,
    chain      BLOB NOT NULL,
    document   BLOB NOT NULL,
    hash       BLOB NOT NULL,
    -- What the device noted here; NULL at a change.
    notice     INTEGER,
    -- 1: it waits for what it builds on (table `parked`).
    parked     INTEGER NOT NULL DEFAULT 0,
    refused    TEXT,
    because_of BLOB,
    PRIMARY KEY (device, epoch, lseq)
) WITHOUT ROWID;
INSERT INTO device_push_by_epoch (device, epoch, lseq, chain, document, hash, refused, because_of)
SELECT p.device, coalesce(d.epoch, x'00000000000000000000000000000000'), p.lseq, p.chain,
       p.document, p.hash, p.refused, p.because_of
FROM device_push p LEFT JOIN device d ON d.id = p.device;
DROP TABLE device_push;
ALTER TABLE device_push_by_epoch RENAME TO device_push;
-- "Has this device taken in that the document left, and where": asked for every late edit.
CREATE INDEX device_push_notice ON device_push (device, epoch, document, notice, lseq)
    WHERE notice IS NOT NULL;

-- Feed items other than changes carry what they say; a change's row leaves these empty.
ALTER TABLE feed ADD COLUMN epoch BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
ALTER TABLE feed ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN custody_version INTEGER;
ALTER TABLE feed ADD COLUMN custodian TEXT;
ALTER TABLE feed ADD COLUMN heads BLOB;
ALTER TABLE feed ADD COLUMN reason TEXT;
ALTER TABLE feed ADD COLUMN decision TEXT;
UPDATE feed SET epoch = (SELECT epoch FROM device WHERE id = author)
WHERE author IN (SELECT id FROM device);

-- Which wards a document came to and left: few rows beside those of changes.
CREATE INDEX feed_custody ON feed (document, ward, seq) WHERE kind <> 0;

-- What moved to the logs, after the last reader of it above.
ALTER TABLE device DROP COLUMN acked;
ALTER TABLE device DROP COLUMN acked_chain;
ALTER TABLE device DROP COLUMN confirmed;
ALTER TABLE device DROP COLUMN sent_epoch;
ALTER TABLE device DROP COLUMN sent_seq;
ALTER TABLE device DROP COLUMN sent_chain;
ALTER TABLE device DROP COLUMN sent_digest_n;
ALTER TABLE device DROP COLUMN sent_digest_sum;
ALTER TABLE device ADD COLUMN reconciling INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN two_places_since INTEGER;

-- Custody: all entries of the first version are births.
ALTER TABLE custody ADD COLUMN act TEXT NOT NULL DEFAULT 'born';
ALTER TABLE custody ADD COLUMN decision TEXT NOT NULL DEFAULT '';

-- Wards that may read a document without writing it.
CREATE TABLE reader (
    document BLOB NOT NULL,
    ward     TEXT NOT NULL,
    PRIMARY KEY (document, ward)
) WITHOUT ROWID;
CREATE INDEX reader_ward ON reader (ward, document);

-- Wards that gave a document away and may still hold late edits of it. A ward may give one document
-- away several times.
CREATE TABLE open_release (
    ward            TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    document        BLOB NOT NULL,
    custody_version INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (ward, seq)
) WITHOUT ROWID;

-- Durable changes whose ancestors are not here yet.
CREATE TABLE parked (
    document        BLOB NOT NULL,
    hash            BLOB NOT NULL,
    device          BLOB NOT NULL,
    epoch           BLOB NOT NULL,
    lseq            INTEGER NOT NULL,
    custody_version INTEGER NOT NULL,
    bytes           BLOB NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (document, hash)
);
CREATE INDEX parked_device ON parked (device);
CREATE INDEX parked_at ON parked (at);

-- What is left of documents that this end must not hold any more.
CREATE TABLE tombstone (
    document   BLOB PRIMARY KEY,
    generation INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    at         INTEGER NOT NULL
) WITHOUT ROWID;

-- What an admin should know of devices.
CREATE TABLE device_event (
    n      INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    device BLOB NOT NULL,
    code   TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX device_event_device ON device_event (device, n);

-- The change that took the place of one kept aside, and when a person has seen that it was.
ALTER TABLE quarantine ADD COLUMN replaced_by BLOB;
ALTER TABLE quarantine ADD COLUMN seen_at INTEGER;
CREATE INDEX quarantine_at ON quarantine (at);
-- What was refused for good and nobody has seen: counted with every call.
CREATE INDEX quarantine_open ON quarantine (at)
    WHERE replaced_by IS NULL AND seen_at IS NULL AND code <> 'superseded';

-- Node: what it noted in its log, what it is busy with, and the hub's signed words.
ALTER TABLE push_log ADD COLUMN notice INTEGER;
ALTER TABLE node_state ADD COLUMN mode INTEGER NOT NULL DEFAULT 0;
ALTER TABLE node_state ADD COLUMN mode_buckets INTEGER NOT NULL DEFAULT 0;
ALTER TABLE node_state ADD COLUMN ack_token BLOB;
ALTER TABLE node_state ADD COLUMN feed_token BLOB;
ALTER TABLE node_state ADD COLUMN rotated_from BLOB;
ALTER TABLE node_state ADD COLUMN rotated_why TEXT;

-- Changes that this node wrote under former epochs, when, and when they were acknowledged: the push
-- log itself begins anew with each epoch.
CREATE TABLE former_push (
    document BLOB NOT NULL,
    hash     BLOB NOT NULL,
    at       INTEGER NOT NULL,
    acked_at INTEGER,
    PRIMARY KEY (document, hash)
) WITHOUT ROWID;

-- Local changes of former epochs that were not acknowledged, oldest first.
CREATE TABLE orphan (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,
    document BLOB NOT NULL,
    hash     BLOB NOT NULL,
    UNIQUE (document, hash)
);

-- Own changes that were kept aside and are to be written anew, in causal order.
CREATE TABLE reauthor (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,
    document BLOB NOT NULL,
    hash     BLOB NOT NULL,
    UNIQUE (document, hash)
);

-- Documents to be forgotten once the hub has all own edits of them.
CREATE TABLE forgetting (
    document   BLOB PRIMARY KEY,
    generation INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    item       BLOB NOT NULL
) WITHOUT ROWID;

-- Documents of which the feed has named changes that are not here.
CREATE TABLE wanted (document BLOB PRIMARY KEY) WITHOUT ROWID;

-- Documents of which the hub lost changes.
CREATE TABLE give_back (document BLOB PRIMARY KEY) WITHOUT ROWID;

-- Whether all documents are as the feed has them is asked with every call, so the ones that are not
-- stand in an index. (A hub has no feed heads: there it lists all documents and nobody asks.)
CREATE INDEX document_unequal ON document (ward) WHERE heads <> feed_heads;

-- A forgotten document leaves the imports too.
CREATE INDEX import_item_document ON import_item (document);
