-- What lies on a user's desk and is no part of a record: drafts, saved filters, chosen columns,
-- marks on reminders. `owner` is an account's id in hexadecimal, or `office`; `value` is JSON.
CREATE TABLE desk (
    owner    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    key      TEXT NOT NULL,
    -- The record it is about; it goes when that one goes.
    document BLOB,
    value    TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (owner, kind, key)
) WITHOUT ROWID;
CREATE INDEX desk_document ON desk (document) WHERE document IS NOT NULL;

-- Filters and their counts read this instead of the people themselves, whose facts are long.
CREATE INDEX person_filter ON person (ward, retired, sex, title, org_unit, rank, qualification,
    political_theory, work_status, party_member, is_leader, errors, missing_required,
    birth_earliest, subject_type, is_key);
