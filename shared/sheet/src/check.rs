//! Turns every row into edits, and says of every cell that does not fit where it is and what to do.

use std::collections::BTreeMap;

use serde::Serialize;
use wardbook_base::DocumentId;
use wardbook_record::{
    Edit, Field, Kind, Level, PartialDate, Path, Person, Problem, Row, RowIds, Scalar, names,
    parse_typed, summary_row, typed_edits, validate,
};

use crate::columns::{Target, column};
use crate::convert::{FileFacts, convert, field_of};
use crate::matching::{MappedColumn, Mapping, UnmappedColumn};
use crate::note::Note;
use crate::problem::{CellProblem, ProblemKind};
use crate::raw::{RawRow, RawTable, cell_name};

/// What an import would do.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// The people, in the order of the file.
    pub rows: Vec<PreviewRow>,
    /// How many of which kind.
    pub counts: Counts,
    /// The columns that are read.
    pub columns: Vec<MappedColumn>,
    /// The columns that are not read.
    pub unmapped: Vec<UnmappedColumn>,
    /// Remarks on the file as a whole.
    pub notes: Vec<Note>,
}

/// How many rows there are of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Rows with anything to import.
    pub rows: usize,
    /// Rows without an error.
    pub ready: usize,
    /// Rows with at least one error.
    pub errors: usize,
    /// Rows without an error but with a warning.
    pub warnings: usize,
    /// Rows whose person is here already.
    pub duplicates: usize,
}

/// One person of the file.
#[derive(Debug, Clone, Serialize)]
pub struct PreviewRow {
    /// The row's number as Excel shows it.
    pub number: u32,
    /// What would be written. Wrong values are in it as they were typed, so that a row can also be
    /// imported with its flags.
    pub edits: Vec<Edit>,
    /// The name.
    pub full_name: String,
    /// The personal identification number.
    pub person_id_no: Option<String>,
    /// The date of birth, for people.
    pub birth_date: Option<String>,
    /// What is wrong.
    pub problems: Vec<CellProblem>,
    /// The old identity number.
    pub old_id_no: Option<String>,
    /// The date of birth, when it is one.
    pub born: Option<PartialDate>,
    /// The record that is here already for this person.
    pub duplicate: Option<DocumentId>,
    /// By what it was told.
    pub same_by: Option<SameBy>,
}

/// By what a row and a record are told to be one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SameBy {
    /// The personal identification number.
    IdNumber,
    /// The old identity number.
    OldIdNumber,
    /// The name, whatever its accents, and the date of birth.
    NameAndBirth,
}

impl PreviewRow {
    /// Whether a correction is needed.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.level == Level::Error)
    }
}

/// Checks a whole table. Nothing is written.
///
/// `existing` tells which record is the person of a row, and by what. Row ids for summary rows
/// come from `row_ids`.
pub fn check(
    table: &RawTable,
    mapping: &Mapping,
    as_of: PartialDate,
    existing: &dyn Fn(&PreviewRow) -> Option<(DocumentId, SameBy)>,
    row_ids: &mut RowIds,
) -> Preview {
    let mut checker = Checker {
        mapping,
        as_of,
        file: FileFacts { system_1904: table.system_1904, from_text: table.from_text },
        known: BTreeMap::new(),
        seen: BTreeMap::new(),
        row_ids,
    };
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        if let Some(mut checked) = checker.row(row) {
            if let Some((document, by)) = existing(&checked) {
                (checked.duplicate, checked.same_by) = (Some(document), Some(by));
            }
            rows.push(checked);
        }
    }
    Preview {
        counts: count(&rows),
        rows,
        columns: mapping.columns.clone(),
        unmapped: mapping.unmapped.clone(),
        notes: table.notes.clone(),
    }
}

fn count(rows: &[PreviewRow]) -> Counts {
    let mut counts = Counts { rows: rows.len(), ..Counts::default() };
    for row in rows {
        if row.has_errors() {
            counts.errors += 1;
        } else {
            counts.ready += 1;
            counts.warnings += usize::from(!row.problems.is_empty());
        }
        counts.duplicates += usize::from(row.duplicate.is_some());
    }
    counts
}

struct Checker<'a> {
    mapping: &'a Mapping,
    as_of: PartialDate,
    file: FileFacts,
    /// What was parsed before: lists hold the same few codes and places a thousand times.
    known: BTreeMap<(String, String), (Vec<Edit>, Option<Problem>)>,
    /// The row in which each identification number stood first.
    seen: BTreeMap<String, u32>,
    row_ids: &'a mut RowIds,
}

/// What one row gives, while it is being read.
#[derive(Default)]
struct Draft {
    edits: Vec<Edit>,
    problems: Vec<CellProblem>,
    names: [String; 2],
}

impl Checker<'_> {
    /// One row; none when nothing in it is read.
    fn row(&mut self, row: &RawRow) -> Option<PreviewRow> {
        let mut draft = Draft::default();
        let mut filled = false;
        let mapping = self.mapping;
        for mapped in &mapping.columns {
            if row.cell(mapped.index).is_some() {
                filled = true;
                self.cell(row, mapped, &mut draft);
            }
        }
        if !filled {
            return None;
        }
        self.join_name(&mut draft);
        let person = person_of(&draft.edits);
        self.rules(&person, row, &mut draft);
        self.name(&person, row, &mut draft);
        let person_id_no = person.text("person_id_no").map(str::to_owned);
        if let Some(number) = &person_id_no {
            self.repeated(number, row, &mut draft);
        }
        draft.problems.sort_by(|a, b| by_column(&a.cell).cmp(&by_column(&b.cell)));
        Some(PreviewRow {
            number: row.number,
            full_name: person.text("full_name").unwrap_or_default().to_owned(),
            birth_date: person.date("birth_date").map(|date| date.to_string()),
            born: person.date("birth_date"),
            old_id_no: person.text("old_id_no").map(str::to_owned),
            person_id_no,
            edits: draft.edits,
            problems: draft.problems,
            duplicate: None,
            same_by: None,
        })
    }

    fn cell(&mut self, row: &RawRow, mapped: &MappedColumn, draft: &mut Draft) {
        let (Some(cell), Some(field)) = (row.cell(mapped.index), field_of(mapped.target.key()))
        else {
            return;
        };
        let converted = convert(cell, field, self.file);
        let stopped = converted.problems.iter().any(|kind| kind.level() == Level::Error);
        for kind in converted.problems {
            draft.problems.push(problem(cell.reference(), mapped, &cell.text, kind));
        }
        let Some(typed) = converted.typed else { return };
        let found = match &mapped.target {
            Target::FamilyName => {
                draft.names[0] = typed;
                None
            }
            Target::GivenName => {
                draft.names[1] = typed;
                None
            }
            Target::Field(key) if key == "person_id_no" && is_old_number(&typed) => {
                let kind = ProblemKind::OldIdNumber;
                draft.problems.push(problem(cell.reference(), mapped, &cell.text, kind));
                draft.edits.push(Edit::set_field("old_id_no", typed));
                None
            }
            Target::Field(key) => self.field(key, field, &typed, draft),
            Target::Summary(key) => self.summary(key, field, &typed, draft),
        };
        // One problem a cell is enough: what the conversion found explains it better.
        if let Some(found) = found.filter(|_| !stopped) {
            let kind = ProblemKind::Record(found);
            draft.problems.push(problem(cell.reference(), mapped, &cell.text, kind));
        }
    }

    fn field(
        &mut self,
        key: &str,
        field: &Field,
        typed: &str,
        draft: &mut Draft,
    ) -> Option<Problem> {
        if column(key).is_some_and(|column| column.part.is_some()) {
            draft.edits.push(Edit::set_field(key, typed));
            return None;
        }
        if !repeats(field) {
            let (edits, found) = typed_edits(field, typed, self.as_of, None);
            draft.edits.extend(edits);
            return found;
        }
        let as_of = self.as_of;
        let (edits, found) = self
            .known
            .entry((key.to_owned(), typed.to_owned()))
            .or_insert_with(|| typed_edits(field, typed, as_of, None));
        draft.edits.extend(edits.iter().cloned());
        found.clone()
    }

    fn summary(
        &mut self,
        key: &str,
        field: &Field,
        typed: &str,
        draft: &mut Draft,
    ) -> Option<Problem> {
        let pairs = match parse_typed(field, typed, self.as_of) {
            Ok(pairs) => pairs,
            Err(found) => return Some(found),
        };
        let code = pairs.iter().find_map(|(_, value)| value.as_ref()?.as_text());
        if let Some(summary) = code.and_then(|code| summary_row(key, code)) {
            draft.edits.push(Edit::AddRow {
                table: summary.table.to_owned(),
                row: self.row_ids.next_id(),
                cells: summary.cells,
            });
        }
        None
    }

    /// "Họ" and "Tên" are one field here.
    fn join_name(&self, draft: &mut Draft) {
        let name = names::normalise(&draft.names.join(" "));
        if let (false, Some(field)) = (name.is_empty(), field_of("full_name")) {
            draft.edits.extend(typed_edits(field, &name, self.as_of, None).0);
        }
    }

    /// What only shows when the row's values stand together.
    fn rules(&self, person: &Person, row: &RawRow, draft: &mut Draft) {
        for found in validate(person, self.as_of) {
            // What is missing is counted in the record itself; a list of names is a fine start.
            if found.value.is_empty() {
                continue;
            }
            let owner = found.path.owner();
            let place = self.mapping.columns.iter().find(|mapped| owns(&mapped.target, owner));
            let Some(mapped) = place else { continue };
            let cell = cell_name(row.number, mapped.index);
            if draft.problems.iter().any(|other| other.cell == cell && other.level == found.level) {
                continue;
            }
            let value = row.cell(mapped.index).map_or("", |cell| cell.text.as_str());
            draft.problems.push(problem(cell, mapped, value, ProblemKind::Record(found)));
        }
    }

    fn name(&self, person: &Person, row: &RawRow, draft: &mut Draft) {
        let mapped = self.mapping.columns.iter().find(|mapped| mapped.target.key() == "full_name");
        if person.text("full_name").is_some() {
            return;
        }
        let index = mapped.map_or(0, |mapped| mapped.index);
        let cell = cell_name(row.number, index);
        if draft.problems.iter().any(|other| other.cell == cell && other.level == Level::Error) {
            return;
        }
        draft.problems.push(CellProblem {
            cell,
            column: "full_name".to_owned(),
            value: String::new(),
            level: Level::Error,
            kind: ProblemKind::NoName,
        });
    }

    fn repeated(&mut self, number: &str, row: &RawRow, draft: &mut Draft) {
        let first = *self.seen.entry(number.to_owned()).or_insert(row.number);
        let is_id = |mapped: &&MappedColumn| mapped.target.key() == "person_id_no";
        if first != row.number
            && let Some(mapped) = self.mapping.columns.iter().find(is_id)
        {
            let cell = cell_name(row.number, mapped.index);
            let kind = ProblemKind::RepeatedInFile { row: first };
            draft.problems.push(problem(cell, mapped, number, kind));
        }
    }
}

/// Cells of one row from left to right: B before AA.
fn by_column(cell: &str) -> (usize, &str) {
    (cell.len(), cell)
}

fn problem(cell: String, mapped: &MappedColumn, value: &str, kind: ProblemKind) -> CellProblem {
    CellProblem {
        cell,
        column: mapped.target.key().to_owned(),
        value: value.to_owned(),
        level: kind.level(),
        kind,
    }
}

/// Fields whose few values stand in many rows.
fn repeats(field: &Field) -> bool {
    matches!(
        field.kind,
        Kind::Code | Kind::Codes | Kind::Enum(_) | Kind::Bool | Kind::Place | Kind::Ref
    )
}

fn is_old_number(typed: &str) -> bool {
    typed.len() == 9 && typed.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a column is to blame for a problem of this field, or of this table's rows.
fn owns(target: &Target, owner: &str) -> bool {
    match target {
        Target::Field(key) => key.split('.').next() == Some(owner),
        Target::Summary(key) => summary_table(key) == Some(owner),
        Target::FamilyName => owner == "full_name",
        Target::GivenName => false,
    }
}

fn summary_table(key: &str) -> Option<&'static str> {
    let field = field_of(key)?;
    let catalog = wardbook_record::catalogs().get(field.catalog.as_deref()?)?;
    // Any code that makes a row names the table.
    catalog.items.iter().find_map(|item| summary_row(key, &item.code)).map(|row| row.table)
}

/// The record that edits of a new one would make.
pub fn person_of(edits: &[Edit]) -> Person {
    let mut person = Person::new(DocumentId::default());
    for edit in edits {
        match edit {
            Edit::Set { path: Path::Field { key }, value } => {
                person.values.insert(key.clone(), value.clone());
            }
            Edit::Set { path: Path::Code { field, code }, value: Scalar::Bool(true) } => {
                person.codes.entry(field.clone()).or_default().insert(code.clone());
            }
            Edit::AddRow { table, row, cells } => {
                let rows = person.tables.entry(table.clone()).or_default();
                rows.insert(*row, Row { cells: cells.clone() });
            }
            _ => {}
        }
    }
    person
}
