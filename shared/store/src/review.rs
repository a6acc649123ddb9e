//! What a person has to look at: conflicts, problems, duplicates.

use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};
use wardbook_base::{ChangeHash, DocumentId, Timestamp, WardId};
use wardbook_record::Path;
use wardbook_sync::ports::Quarantined;

use crate::error::StoreError;
use crate::rows::{id, json, number, time, ward};
use crate::tx::SqlTx;

/// One place of a record where more than one value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictRow {
    /// The record.
    pub document: DocumentId,
    /// Its ward.
    pub ward: WardId,
    /// The place.
    pub path: Path,
    /// When this store noticed it.
    pub opened_at: Timestamp,
}

/// Which conflicts to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConflictFilter {
    /// Of this ward alone.
    pub ward: Option<WardId>,
    /// Of this record alone.
    pub document: Option<DocumentId>,
}

/// One problem of one value, as it is stored. `code` and `args` name the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemRow {
    /// Where.
    pub path: Path,
    /// The value as it stands.
    pub value: String,
    /// How bad.
    pub level: wardbook_record::Level,
    /// Which kind.
    pub code: String,
    /// What the sentence fills in.
    pub args: Vec<(String, String)>,
}

/// Several records with one number of identity card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The number.
    pub person_id_no: String,
    /// The records and their wards.
    pub documents: Vec<(DocumentId, WardId)>,
}

/// A change that was kept aside, and whether a person has seen that it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAside {
    /// The change.
    pub item: Quarantined,
    /// When a person has seen it.
    pub seen_at: Option<Timestamp>,
}

/// Conflicts, problems, duplicates, and what was kept aside.
pub trait Review {
    /// Makes these the open conflicts of a record. One that was open before keeps its time.
    ///
    /// # Errors
    /// When the database does not answer; so for every function of this trait.
    fn put_conflicts(
        &mut self,
        document: &DocumentId,
        paths: &[Path],
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Open conflicts, by ward, name and path.
    fn conflicts(&self, filter: &ConflictFilter) -> Result<Vec<ConflictRow>, StoreError>;
    /// How many conflicts are open.
    fn conflict_count(&self, filter: &ConflictFilter) -> Result<u64, StoreError>;
    /// Makes these the problems of a record.
    fn put_problems(
        &mut self,
        document: &DocumentId,
        problems: &[ProblemRow],
    ) -> Result<(), StoreError>;
    /// The problems of a record, in the order they were given.
    fn problems(&self, document: &DocumentId) -> Result<Vec<ProblemRow>, StoreError>;
    /// What was kept aside, the newest first.
    fn kept_aside(&self, limit: usize) -> Result<Vec<KeptAside>, StoreError>;
    /// How many changes were kept aside that nothing replaced and nobody has seen.
    fn kept_aside_open(&self) -> Result<u64, StoreError>;
    /// Notes that a person has seen that a change was kept aside.
    fn put_kept_seen(
        &mut self,
        document: &DocumentId,
        hash: &ChangeHash,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Numbers of identity card that stand in more than one record that is not retired.
    fn duplicates(&self, ward: Option<&WardId>) -> Result<Vec<Duplicate>, StoreError>;
}

impl Review for SqlTx<'_> {
    fn put_conflicts(
        &mut self,
        document: &DocumentId,
        paths: &[Path],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = self.reserve_key(document)?;
        let texts: Vec<_> = paths.iter().map(ToString::to_string).collect();
        let sql = "DELETE FROM conflict WHERE document = ?1
                   AND path NOT IN (SELECT value FROM json_each(?2))";
        self.execute(sql, params![key, serde_json::to_string(&texts)?])?;
        let sql = "INSERT INTO conflict (document, path, opened_at) VALUES (?1, ?2, ?3)
                   ON CONFLICT (document, path) DO NOTHING";
        for path in &texts {
            self.execute(sql, params![key, path, now.0])?;
        }
        Ok(())
    }

    fn conflicts(&self, filter: &ConflictFilter) -> Result<Vec<ConflictRow>, StoreError> {
        let (narrowed, values) = conflict_condition(filter);
        let sql = format!(
            "SELECT d.id, d.ward, c.path, c.opened_at {narrowed} \
             ORDER BY d.ward, p.sort_key, c.document, c.path"
        );
        self.all(&sql, params_from_iter(values), |row| {
            Ok(ConflictRow {
                document: id(row, 0)?,
                ward: ward(row, 1)?,
                path: path(row, 2)?,
                opened_at: time(row, 3)?,
            })
        })
    }

    fn conflict_count(&self, filter: &ConflictFilter) -> Result<u64, StoreError> {
        let (narrowed, values) = conflict_condition(filter);
        self.number(&format!("SELECT count(*) {narrowed}"), params_from_iter(values))
    }

    fn put_problems(
        &mut self,
        document: &DocumentId,
        problems: &[ProblemRow],
    ) -> Result<(), StoreError> {
        let key = self.reserve_key(document)?;
        self.execute("DELETE FROM problem WHERE document = ?1", [key])?;
        let sql = "INSERT INTO problem (document, place, path, value, level, code, args)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        for (place, problem) in problems.iter().enumerate() {
            let values = params![
                key,
                number(place as u64),
                problem.path.to_string(),
                problem.value,
                serde_json::to_string(&problem.level)?,
                problem.code,
                serde_json::to_string(&problem.args)?,
            ];
            self.execute(sql, values)?;
        }
        Ok(())
    }

    fn problems(&self, document: &DocumentId) -> Result<Vec<ProblemRow>, StoreError> {
        let sql = "SELECT path, value, level, code, args
                   FROM problem JOIN document d ON d.key = problem.document
                   WHERE d.id = ?1 ORDER BY place";
        self.all(sql, [document.as_bytes()], |row| {
            Ok(ProblemRow {
                path: path(row, 0)?,
                value: row.get(1)?,
                level: json(row, 2)?,
                code: row.get(3)?,
                args: json(row, 4)?,
            })
        })
    }

    fn kept_aside(&self, limit: usize) -> Result<Vec<KeptAside>, StoreError> {
        self.newest_kept_aside(limit)
    }

    fn kept_aside_open(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM quarantine INDEXED BY quarantine_open
                   WHERE replaced_by IS NULL AND seen_at IS NULL AND code <> 'superseded'";
        self.number(sql, [])
    }

    fn put_kept_seen(
        &mut self,
        document: &DocumentId,
        hash: &ChangeHash,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE quarantine SET seen_at = ?3 WHERE document = ?1 AND hash = ?2";
        self.execute(sql, params![document.as_bytes(), hash.as_bytes(), at.0]).map(drop)
    }

    fn duplicates(&self, of: Option<&WardId>) -> Result<Vec<Duplicate>, StoreError> {
        let sql = "SELECT p.person_id_no, d.id, p.ward
                   FROM person p JOIN document d ON d.key = p.document
                   WHERE NOT p.retired AND p.person_id_no IN (
                       SELECT person_id_no FROM person
                       WHERE NOT retired AND person_id_no IS NOT NULL
                       GROUP BY person_id_no
                       HAVING count(*) > 1 AND (?1 IS NULL OR sum(ward = ?1) > 0))
                   ORDER BY p.person_id_no, p.document";
        let rows = self.all(sql, [of.map(WardId::as_str)], |row| {
            Ok((row.get::<_, String>(0)?, (id(row, 1)?, ward(row, 2)?)))
        })?;
        let mut found: Vec<Duplicate> = Vec::new();
        for (person_id_no, record) in rows {
            match found.last_mut() {
                Some(last) if last.person_id_no == person_id_no => last.documents.push(record),
                _ => found.push(Duplicate { person_id_no, documents: vec![record] }),
            }
        }
        Ok(found)
    }
}

/// FROM and WHERE of open conflicts. A record without projection still shows its conflicts.
fn conflict_condition(filter: &ConflictFilter) -> (String, Vec<Value>) {
    let mut sql = String::from(
        "FROM conflict c JOIN document d ON d.key = c.document \
         LEFT JOIN person p ON p.document = c.document WHERE d.ward IS NOT NULL",
    );
    let mut values = Vec::new();
    if let Some(ward) = &filter.ward {
        sql.push_str(" AND d.ward = ?");
        values.push(Value::Text(ward.to_string()));
    }
    if let Some(document) = &filter.document {
        sql.push_str(" AND d.id = ?");
        values.push(Value::Blob(document.0.to_vec()));
    }
    (sql, values)
}

fn path(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Path> {
    let text: String = row.get(at)?;
    text.parse().map_err(|error: wardbook_record::PathError| crate::rows::malformed(at, error))
}
