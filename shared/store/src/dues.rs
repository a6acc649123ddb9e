//! What people are to be reminded of: written with a person's row, listed without reading records.

use rusqlite::types::Value;
use rusqlite::{Row, params, params_from_iter};
use wardbook_base::DocumentId;
use wardbook_record::rules::Due;
use wardbook_record::{PartialDate, Path};

use crate::error::StoreError;
use crate::people::{PeopleQuery, meant};
use crate::rows::{id, json, malformed, number};
use crate::tx::SqlTx;

/// One thing that falls due, with what a list needs of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRow {
    /// The record.
    pub document: DocumentId,
    /// What falls due.
    pub due: Due,
    /// The person's division, by code.
    pub org_unit: Option<String>,
    /// Sorts people by name.
    pub sort_key: Vec<u8>,
}

/// The things that fall due for people.
pub trait Dues {
    /// Makes these the things that fall due for a record.
    ///
    /// # Errors
    /// When the database does not answer; so for every function of this trait.
    fn put_dues(&mut self, document: &DocumentId, dues: &[Due]) -> Result<(), StoreError>;
    /// What falls due for the people of a query, its order and paging aside, in no order; up to a
    /// day, when one is given: then without what has no day.
    fn dues(
        &self,
        query: &PeopleQuery,
        upto: Option<PartialDate>,
    ) -> Result<Vec<DueRow>, StoreError>;
}

const COLUMNS: &str = "d.id, t.rule, t.code, t.due_on, t.path, t.args, p.org_unit, p.sort_key";

impl Dues for SqlTx<'_> {
    fn put_dues(&mut self, document: &DocumentId, dues: &[Due]) -> Result<(), StoreError> {
        let key = self.reserve_key(document)?;
        self.execute("DELETE FROM due WHERE document = ?1", [key])?;
        let sql = "INSERT INTO due (document, place, rule, code, due_on, path, args)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        for (place, due) in dues.iter().enumerate() {
            let values = params![
                key,
                number(place as u64),
                due.rule,
                due.code,
                due.due.map(PartialDate::stored),
                due.path.as_ref().map(ToString::to_string),
                serde_json::to_string(&due.args)?,
            ];
            self.execute(sql, values)?;
        }
        Ok(())
    }

    fn dues(
        &self,
        query: &PeopleQuery,
        upto: Option<PartialDate>,
    ) -> Result<Vec<DueRow>, StoreError> {
        let Some((mut condition, _)) = meant(query) else { return Ok(Vec::new()) };
        let mut from = "due t";
        if let Some(day) = upto {
            // People for whom nothing comes near are not looked at. A date without a day sorts
            // before those with one, and is judged by who asked.
            from = "due t INDEXED BY due_by_day";
            condition.with("t.due_on <= ?", Value::Text(day.latest().stored()));
        }
        let narrowed = condition.sql();
        let sql = format!(
            "SELECT {COLUMNS} FROM {from} \
             CROSS JOIN person p INDEXED BY person_of_due ON p.document = t.document \
             JOIN document d ON d.key = t.document{narrowed}"
        );
        self.all(&sql, params_from_iter(&condition.values), due_row)
    }
}

fn due_row(row: &Row<'_>) -> rusqlite::Result<DueRow> {
    let (day, path): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
    let day = day.map(|text| PartialDate::parse_stored(&text)).transpose();
    let path = path.map(|text| text.parse::<Path>()).transpose();
    Ok(DueRow {
        document: id(row, 0)?,
        due: Due {
            rule: row.get(1)?,
            code: row.get(2)?,
            due: day.map_err(|error| malformed(3, error))?,
            path: path.map_err(|error| malformed(4, error))?,
            args: json(row, 5)?,
            people: Vec::new(),
        },
        org_unit: row.get(6)?,
        sort_key: row.get(7)?,
    })
}
