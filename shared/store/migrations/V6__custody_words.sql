-- Node: what the hub said of custody, in its own signed word. A hub that was put back to an older
-- copy is shown these, and learns its decisions again. They outlive their documents.
CREATE TABLE custody_word (
    document BLOB NOT NULL,
    version  INTEGER NOT NULL,
    act      TEXT NOT NULL,
    ward     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    decision TEXT NOT NULL,
    token    BLOB NOT NULL,
    PRIMARY KEY (document, version)
) WITHOUT ROWID;

-- Hub: what waits is counted for each log.
DROP INDEX parked_device;
CREATE INDEX parked_log ON parked (device, epoch);
