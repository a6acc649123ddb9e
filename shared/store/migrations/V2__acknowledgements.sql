-- Node: when each acknowledgement of the hub came in. It covers every position of the push log up to
-- `upto` that no earlier row covers.
CREATE TABLE acknowledgement (
    upto INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL
);

-- "Which of a record's changes are acknowledged, and since when" is asked for every card and history.
CREATE INDEX push_log_document ON push_log (document);
