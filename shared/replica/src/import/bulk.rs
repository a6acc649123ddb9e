//! One field of many records at once: the same way of looking first, writing in one go and undoing
//! as an import.

use wardbook_base::DocumentId;
use wardbook_record::{
    Edit, Field, Kind, Lang, PartialDate, Path, Person, show_field, typed_edits,
};
use wardbook_sheet::{Column, Counts, Preview, PreviewRow, column, columns, person_of};
use wardbook_store::PeopleQuery;

use super::ImportToken;
use crate::error::{EditError, ImportError, ReplicaError};
use crate::replica::Replica;
use crate::viewer::Viewer;

/// People shown before and after.
const SHOWN: usize = 20;
/// Fields that are each person's own: one value for many would be a mistake.
const PERSONAL: [&str; 12] = [
    "full_name",
    "person_id_no",
    "old_id_no",
    "birth_date",
    "staff_code",
    "phone",
    "email",
    "tax_code",
    "social_insurance_no",
    "health_insurance_no",
    "bank_account",
    "party_card_no",
];

/// What to write into many records.
#[derive(Debug, Clone, Default)]
pub struct BulkChange {
    /// The key of the field.
    pub key: String,
    /// The value as typed; empty empties the field. Codes of a set are parted by semicolons.
    pub typed: String,
    /// What becomes of the codes that a set holds already; of no meaning for other fields.
    pub codes: BulkCodes,
}

/// What is done to a set of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BulkCodes {
    /// It becomes what was typed.
    #[default]
    Replace,
    /// What was typed joins it.
    Add,
    /// What was typed leaves it.
    Remove,
}

/// What a change of many records would do.
#[derive(Debug, Clone)]
pub struct BulkPreview {
    /// Names it when confirming; it is committed and undone like an import.
    pub token: ImportToken,
    /// The field's label.
    pub label: String,
    /// People meant.
    pub people: usize,
    /// Those whose record would change.
    pub changes: usize,
    /// The first of these.
    pub first: Vec<BulkLine>,
}

/// One person before and after.
#[derive(Debug, Clone)]
pub struct BulkLine {
    /// The record.
    pub document: DocumentId,
    /// The person's name.
    pub full_name: String,
    /// What the field says now.
    pub before: String,
    /// What it would say.
    pub after: String,
}

/// The fields that can be written into many records at once.
pub fn bulk_columns() -> impl Iterator<Item = &'static Column> {
    columns().iter().filter(|column| may_be_bulk(column))
}

fn may_be_bulk(column: &Column) -> bool {
    let simple = !matches!(column.field.kind, Kind::Object(_) | Kind::Blob | Kind::Uuid);
    let free = !column.summary && !column.field.computed && !column.field.immutable;
    simple && free && column.part.is_none() && !PERSONAL.contains(&column.key.as_str())
}

impl Replica {
    /// The records of a query in its order, for who may edit them.
    pub fn people_meant(
        &self,
        viewer: &Viewer,
        query: &PeopleQuery,
    ) -> Result<Vec<DocumentId>, ReplicaError> {
        viewer.must_edit()?;
        self.inner.store.read(|tx| Ok(tx.people_ids(&self.own_ward_only(tx, query)?)?))
    }

    /// What writing one value into every record of a query would do. Nothing is written.
    pub fn preview_bulk(
        &self,
        viewer: &Viewer,
        query: &PeopleQuery,
        change: &BulkChange,
    ) -> Result<BulkPreview, EditError> {
        viewer.must_edit()?;
        let column = column(&change.key).filter(|column| may_be_bulk(column));
        let field = column.map(|column| column.field).ok_or(EditError::NotFound)?;
        let (ids, as_of, lang) = (self.people_meant(viewer, query)?, self.as_of()?, viewer.lang);
        let mut first = Vec::new();
        let rows = self.inner.store.read(|tx| {
            let mut rows = Vec::new();
            for id in &ids {
                let Some(document) = tx.load_document(id)? else { continue };
                let person = document.read();
                let edits = edits_of(field, change, as_of, &person)?;
                if edits.is_empty() {
                    continue;
                }
                crate::edit::refuse_impossible(&edits, &document)?;
                let full_name = person.text("full_name").unwrap_or_default().to_owned();
                if first.len() < SHOWN {
                    let before = show_field(field, &person, lang);
                    let after = show_field(field, &after(field, &person, &edits), lang);
                    first.push(BulkLine {
                        document: *id,
                        full_name: full_name.clone(),
                        before,
                        after,
                    });
                }
                rows.push(row(rows.len(), *id, full_name, edits));
            }
            Ok::<_, EditError>(rows)
        })?;
        let (people, changes) = (ids.len(), rows.len());
        let counts = Counts { rows: changes, ready: changes, ..Counts::default() };
        let preview =
            Preview { rows, counts, columns: Vec::new(), unmapped: Vec::new(), notes: Vec::new() };
        let kept = self.keep_changes(viewer, &name(field, lang), preview).map_err(other)?;
        let label = field.label(lang).to_owned();
        Ok(BulkPreview { token: kept.token, label, people, changes, first })
    }
}

/// The edits that bring one record there; none when it stands there already.
fn edits_of(
    field: &Field,
    change: &BulkChange,
    as_of: PartialDate,
    person: &Person,
) -> Result<Vec<Edit>, EditError> {
    let (mut edits, problem) = typed_edits(field, &change.typed, as_of, Some(person));
    if let Some(problem) = problem {
        return Err(EditError::Invalid(vec![problem]));
    }
    if field.kind != Kind::Codes || change.codes == BulkCodes::Replace {
        return Ok(edits);
    }
    if change.codes == BulkCodes::Add {
        edits.retain(|edit| matches!(edit, Edit::Set { .. }));
        return Ok(edits);
    }
    let (named, _) = typed_edits(field, &change.typed, as_of, None);
    let named = named.iter().flat_map(Edit::paths).filter(|path| person.at(path).is_some());
    Ok(named.map(|path| Edit::Clear { path }).collect())
}

/// The record as far as a field goes, with its edits.
fn after(field: &Field, person: &Person, edits: &[Edit]) -> Person {
    let mut changed = person_of(edits);
    if field.kind == Kind::Codes {
        let codes = changed.codes.entry(field.key.clone()).or_default();
        let gone: Vec<Path> = edits
            .iter()
            .filter(|edit| matches!(edit, Edit::Clear { .. }))
            .flat_map(Edit::paths)
            .collect();
        let stays = |code: &&str| !gone.contains(&Path::code(&field.key, *code));
        codes.extend(person.codes(&field.key).filter(stays).map(str::to_owned));
    }
    changed
}

fn row(at: usize, id: DocumentId, full_name: String, edits: Vec<Edit>) -> PreviewRow {
    PreviewRow {
        number: u32::try_from(at + 1).unwrap_or(u32::MAX),
        edits,
        full_name,
        person_id_no: None,
        birth_date: None,
        problems: Vec::new(),
        old_id_no: None,
        born: None,
        duplicate: Some(id),
        same_by: None,
    }
}

/// What the batch is called among the imports of the past.
fn name(field: &Field, lang: Lang) -> String {
    match lang {
        Lang::Vi => format!("Sửa hàng loạt: {}", field.label(lang)),
        Lang::En => format!("Bulk edit: {}", field.label(lang)),
    }
}

fn other(error: ImportError) -> EditError {
    match error {
        ImportError::Other(error) => EditError::Other(error),
        _ => EditError::NotFound,
    }
}
