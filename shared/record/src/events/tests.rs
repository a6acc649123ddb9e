//! What each action writes, what it refuses, and that nothing it writes is wrong.

mod forms;
mod places;
mod refusals;
mod table;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

use wardbook_base::{DocumentId, RowId, SeededDice, Timestamp};

use super::{Ask, Event, Fault, Office, Plan, applied, event, plan};
use crate::date::PartialDate;
use crate::document::Document;
use crate::edit::Edit;
use crate::person::{Person, Row};
use crate::rows::RowIds;
use crate::scalar::Scalar;
use crate::stamp::{Message, Purpose, Stamp};

const TODAY: &str = "2026-11-22";
const OFFICE: &str = "UBND phường Tân Uyên";
/// The ward of Tân Uyên, and another one of its province.
const HERE: Office<'_> = Office { name: OFFICE, ward: "25888.2" };
const THERE: (&str, &str) = ("to_ward", "Phường Vĩnh Tân");

fn day(text: &str) -> PartialDate {
    text.parse().unwrap()
}

/// Each form is sent a moment after the one before.
fn ids() -> RowIds {
    static SENT: AtomicI64 = AtomicI64::new(1_790_000_000_000);
    RowIds::new(Timestamp(SENT.fetch_add(1, Ordering::Relaxed)), &SeededDice::new(3))
}

/// An official of a ward office with a post, a career row and a pay row.
fn official() -> Person {
    let mut person = Person::new(DocumentId([1; 16]));
    for (key, value) in [
        ("full_name", "Nguyễn Thị Ánh"),
        ("sex", "F"),
        ("birth_date", "1985-03-20"),
        ("using_org", OFFICE),
        ("org_unit", "ub_vhxh"),
        ("first_recruit_date", "2010-02-01"),
        ("job_position", "P38"),
        ("current_title", "P17"),
        ("title_appoint_date", "2025-07-01"),
        ("work_status", "dang_lam_viec"),
        ("status_date", "2025-07-01"),
        ("rank_code", "01.003"),
        ("salary_coefficient", "3.33"),
        ("salary_date", "2023-10-01"),
    ] {
        person.values.insert(key.to_owned(), value.into());
    }
    person.values.insert("salary_step".to_owned(), Scalar::Int(4));
    row(
        &mut person,
        "appointments",
        1,
        &[("title", "P17"), ("org", OFFICE), ("kind", "chinh"), ("from_date", "2025-07-01")],
    );
    row(
        &mut person,
        "work_history",
        2,
        &[("from_date", "2025-07"), ("org", OFFICE), ("title", "Phó Trưởng phòng")],
    );
    row(
        &mut person,
        "salary_history",
        3,
        &[("from_date", "2023-10"), ("rank", "01.003"), ("step", "4"), ("coefficient", "3.33")],
    );
    person
}

/// The id of a row from long ago.
fn old_row(id: u8) -> RowId {
    let mut bytes = [0; 16];
    bytes[15] = id;
    RowId(bytes)
}

fn row(person: &mut Person, table: &str, id: u8, cells: &[(&str, &str)]) {
    let cell = |value: &str| match value.parse::<i64>() {
        Ok(number) if value.len() < 5 && !value.starts_with('0') => Scalar::Int(number),
        _ => Scalar::from(value),
    };
    let cells = cells.iter().map(|(key, value)| ((*key).to_owned(), cell(value))).collect();
    person.tables.entry(table.to_owned()).or_default().insert(old_row(id), Row { cells });
}

/// The boxes of a decision, and these.
fn typed(boxes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let decision = [
        ("effective", "01/12/2026"),
        ("decision_no", "45/QĐ-UBND"),
        ("decision_date", "20/11/2026"),
        ("signer", "Trần Văn Bình"),
    ];
    let all = decision.iter().chain(boxes);
    all.map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

fn attempt(key: &str, person: &Person, boxes: &[(&str, &str)]) -> Result<Plan, Vec<Fault>> {
    let event: &Event = event(key).unwrap();
    let typed = typed(boxes);
    let ask = Ask {
        event,
        person,
        typed: &typed,
        as_of: day(TODAY),
        today: day(TODAY),
        office: HERE,
        reason: "",
    };
    plan(&ask, &mut ids())
}

/// The record after the action; the edits say the same to a real document.
fn after(key: &str, person: &Person, boxes: &[(&str, &str)]) -> Person {
    let made = attempt(key, person, boxes).unwrap_or_else(|faults| {
        let words: Vec<String> =
            faults.iter().map(|f| format!("{:?} {}", f.input, f.reason(crate::Lang::Vi))).collect();
        panic!("{key}: {words:#?}")
    });
    assert_eq!(made.after, through_document(person, &made.edits), "{key}");
    made.after
}

fn through_document(person: &Person, edits: &[Edit]) -> Person {
    let mut document = Document::new(person.id);
    let stamp = |second: i64, purpose| Stamp {
        actor: vec![7; 16],
        time: Timestamp(second * 1000),
        message: Message { purpose, user: wardbook_base::UserId([1; 8]) },
    };
    document.edit(&as_edits(person), &stamp(1, Purpose::Create)).unwrap();
    assert_eq!(document.read(), *person, "the record itself survives a document");
    document.edit(edits, &stamp(2, Purpose::Event)).unwrap();
    document.read()
}

fn as_edits(person: &Person) -> Vec<Edit> {
    let fields = person.values.iter().map(|(key, value)| Edit::set_field(key, value.clone()));
    let rows = person.tables.iter().flat_map(|(table, rows)| {
        rows.iter().map(|(id, row)| Edit::AddRow {
            table: table.clone(),
            row: *id,
            cells: row.cells.clone(),
        })
    });
    fields.chain(rows).collect()
}

/// The cells of the rows of a table, `column=value` in the order of the columns' keys.
fn cells(person: &Person, table: &str) -> Vec<String> {
    let shown = |row: &Row| {
        let cells: Vec<String> =
            row.cells.iter().map(|(key, value)| format!("{key}={value}")).collect();
        cells.join(" ")
    };
    person.rows(table).map(|(_, row)| shown(row)).collect()
}

/// The newest row of a table as `column=value`, without the decision.
fn newest(person: &Person, table: &str) -> String {
    let all = cells(person, table).pop().unwrap_or_default();
    let decision = ["decision_date=2026-11-20 ", "decision_no=45/QĐ-UBND "];
    let all = all.replace(&format!("decision_org={OFFICE} "), "");
    decision.iter().fold(all, |text, part| text.replace(part, ""))
}

fn field(person: &Person, key: &str) -> String {
    person.value(key).map(ToString::to_string).unwrap_or_default()
}

#[test]
fn undoing_is_writing_the_old_values_again() {
    let before = official();
    let made = attempt("appoint", &before, &[("title", "P16")]).unwrap();
    let back: Vec<Edit> = made
        .edits
        .iter()
        .flat_map(|edit| match edit {
            Edit::AddRow { table, row, .. } => vec![Edit::RetireRow {
                table: table.clone(),
                row: *row,
                reason: "hoàn tác".to_owned(),
            }],
            other => other
                .paths()
                .into_iter()
                .map(|path| match before.at(&path) {
                    Some(value) => Edit::Set { path, value },
                    None => Edit::Clear { path },
                })
                .collect(),
        })
        .collect();
    let undone = applied(&made.after, &back);
    assert_eq!(undone.values, before.values);
    for table in before.tables.keys() {
        assert_eq!(cells(&undone, table), cells(&before, table), "{table}");
    }
    assert_eq!(cells(&undone, "movements"), Vec::<String>::new());
}
