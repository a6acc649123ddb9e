-- Files go in the order in which records came to name them: the oldest first.
ALTER TABLE file ADD COLUMN noted INTEGER NOT NULL DEFAULT 0;
CREATE INDEX file_noted ON file (noted);
DROP INDEX file_missing;
CREATE INDEX file_missing ON file (noted) WHERE have < size;
