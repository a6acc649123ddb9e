-- What people are to be reminded of, derived from the records like the problems: one row for each
-- thing. `due_on` is the day by which it is to be done; for a birthday, the day of birth.
CREATE TABLE due (
    document INTEGER NOT NULL REFERENCES document (key),
    place    INTEGER NOT NULL,
    rule     TEXT NOT NULL,
    code     TEXT NOT NULL,
    due_on   TEXT,
    path     TEXT,
    args     TEXT NOT NULL,
    PRIMARY KEY (document, place)
) WITHOUT ROWID;
CREATE INDEX due_by_day ON due (due_on) WHERE due_on IS NOT NULL;
-- All that the list of them needs of a person: the rows of people are wide, and every page of them
-- would have to be decrypted.
CREATE INDEX person_of_due ON person (document, ward, retired, org_unit, sort_key);
