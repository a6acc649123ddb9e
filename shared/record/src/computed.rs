//! Fields that are computed from others, the summaries of rows above all (decision 27).

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogs::{Item, catalogs};
use crate::date::PartialDate;
use crate::facts::Graded;
use crate::names::fold;
use crate::person::{Person, Row};
pub(crate) use crate::rules::scale_of;
use crate::rules::{in_force, next_raise, retirement_date, term_end};
use crate::scalar::Scalar;
use crate::schema::schema;

/// The cell that marks a row which carries only a summary ("chưa có chi tiết"): an import that
/// knows no more wrote it. Its other required cells are not asked for.
pub const NO_DETAIL: &str = "no_detail";

/// A row that an import writes when it knows no more than a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRow {
    /// The table.
    pub table: &'static str,
    /// The cells.
    pub cells: BTreeMap<String, Scalar>,
}

/// Which table and column a summary field is computed from.
const SUMMARIES: [(&str, &str, &str); 5] = [
    ("highest_qualification", "degrees", "level"),
    ("political_theory", "political_courses", "level"),
    ("state_management", "trainings", "level"),
    ("foreign_language_level", "languages", "level"),
    ("it_level", "it_certificates", "level"),
];

/// The kind of training that gives a level of state management.
const STATE_MANAGEMENT_TRAINING: &str = "qlnn";

/// The value of a computed field, or none when it cannot be told.
pub fn computed_value(person: &Person, key: &str, as_of: PartialDate) -> Option<Scalar> {
    let date = |date: Option<PartialDate>| date.map(|date| Scalar::Text(date.stored()));
    match key {
        "record_id" => Some(Scalar::Text(person.id.to_string())),
        "is_leader" => Some(Scalar::Bool(holds(person, "leader", as_of))),
        "is_key_cadre" => Some(Scalar::Bool(holds(person, "key", as_of))),
        "title_term_end" => date(term_end(&in_force(as_of), person)),
        "next_raise_due" => date(next_raise(&in_force(as_of), person).map(|raise| raise.due)),
        "retire_date_due" => date(retirement_date(&in_force(as_of), person)),
        _ => summary(person, key).map(|graded| Scalar::Text(graded.code)),
    }
}

/// Whether a computed field is the summary of a table's rows, so that an import may write it.
pub fn is_summary_field(key: &str) -> bool {
    SUMMARIES.iter().any(|(field, _, _)| *field == key)
}

/// The row that an import writes for a summary field and a code; none for other fields.
pub fn summary_row(key: &str, code: &str) -> Option<SummaryRow> {
    let (_, table, column) = SUMMARIES.iter().find(|(field, _, _)| *field == key)?;
    let mut cells = BTreeMap::from([
        ((*column).to_owned(), Scalar::from(code)),
        (NO_DETAIL.to_owned(), Scalar::Bool(true)),
    ]);
    if *table == "trainings" {
        cells.insert("kind".to_owned(), STATE_MANAGEMENT_TRAINING.into());
    }
    Some(SummaryRow { table, cells })
}

/// The codes of a computed set: the titles that a person is planned for.
pub(crate) fn computed_codes(person: &Person, key: &str) -> BTreeSet<String> {
    if key != "planned_titles" {
        return BTreeSet::new();
    }
    let approved =
        person.rows("planning").filter(|(_, r)| r.text("status") == Some("da_phe_duyet"));
    approved.filter_map(|(_, row)| row.text("title").map(str::to_owned)).collect()
}

/// The highest level among the rows in use; none when there is no row with a known code.
pub(crate) fn summary(person: &Person, key: &str) -> Option<Graded> {
    let (_, table, column) = SUMMARIES.iter().find(|(field, _, _)| *field == key)?;
    let list = catalogs().get(schema().field(key)?.catalog.as_deref()?)?;
    let levels = person.rows(table).filter_map(|(_, row)| {
        let item = row.text(column).and_then(|code| list.item(code));
        item.or_else(|| if *table == "trainings" { from_words(row) } else { None })
    });
    // Of two codes of one level the one that stands later in the list counts.
    let best = levels.max_by_key(|item| (item.level(), item.sort));
    best.map(|item| Graded { code: item.code.clone(), level: item.level().unwrap_or(0) })
}

/// The level of state management that a row names only in words, as older rows do.
fn from_words(row: &Row) -> Option<&'static Item> {
    if row.text("kind") != Some(STATE_MANAGEMENT_TRAINING) {
        return None;
    }
    let texts = ["content", "certificate"].map(|column| fold(row.text(column).unwrap_or_default()));
    let core = |item: &Item| fold(&item.label_vi).replace(" va tuong duong", "");
    let named = |item: &&Item| texts.iter().any(|text| text.contains(&core(item)));
    // The longest name decides: `chuyên viên chính` contains `chuyên viên`.
    catalogs().get("state_management")?.items.iter().filter(named).max_by_key(|i| core(i).len())
}

/// Whether a post that the person holds has a flag in the list of posts that is valid on the
/// date: old posts before July 2025, new ones since. Without a title the job position counts.
pub(crate) fn holds(person: &Person, flag: &str, as_of: PartialDate) -> bool {
    let main =
        if person.text("current_title").is_some() { "current_title" } else { "job_position" };
    [main, "concurrent_title"].iter().any(|key| {
        let code = person.text(key);
        let item = code.and_then(|code| schema().field(key)?.item(code));
        item.is_some_and(|item| item.valid_on(as_of) && item.flag(flag))
    })
}

#[cfg(test)]
mod tests {
    use wardbook_base::{DocumentId, RowId};

    use super::*;

    fn person() -> Person {
        Person::new(DocumentId([1; 16]))
    }

    fn add(person: &mut Person, table: &str, id: u8, cells: &[(&str, &str)]) {
        let cells = cells.iter().map(|(key, value)| ((*key).to_owned(), (*value).into()));
        let row = Row { cells: cells.collect() };
        person.tables.entry(table.to_owned()).or_default().insert(RowId([id; 16]), row);
    }

    fn day(text: &str) -> PartialDate {
        text.parse().unwrap()
    }

    #[test]
    fn summaries_come_from_the_rows_in_use() {
        let mut p = person();
        assert_eq!(summary(&p, "highest_qualification"), None);
        add(&mut p, "degrees", 1, &[("level", "dai_hoc")]);
        add(&mut p, "degrees", 2, &[("level", "trung_cap")]);
        add(&mut p, "degrees", 3, &[("level", "tien_si"), ("retired", "nhập nhầm")]);
        let expected = Graded { code: "dai_hoc".into(), level: 4 };
        assert_eq!(summary(&p, "highest_qualification"), Some(expected));
        add(&mut p, "trainings", 4, &[("kind", "qlnn"), ("content", "Ngạch chuyên viên chính")]);
        assert_eq!(summary(&p, "state_management").map(|g| g.code).as_deref(), Some("03"));
    }

    #[test]
    fn an_imported_summary_reads_back() {
        for (key, code) in [
            ("highest_qualification", "thac_si"),
            ("political_theory", "04"),
            ("state_management", "02"),
            ("foreign_language_level", "B1"),
            ("it_level", "co_ban"),
        ] {
            let row = summary_row(key, code).unwrap();
            let mut p = person();
            let rows = p.tables.entry(row.table.to_owned()).or_default();
            rows.insert(RowId([1; 16]), Row { cells: row.cells });
            assert_eq!(computed_value(&p, key, day("2025-06-30")), Some(code.into()), "{key}");
        }
        assert!(is_summary_field("it_level") && summary_row("is_leader", "x").is_none());
    }

    #[test]
    fn a_leader_is_one_by_the_list_of_the_date() {
        let mut p = person();
        p.values.insert("current_title".into(), "CB05".into());
        let (old, new) = (day("2025-06-30"), day("2025-07-01"));
        assert!(holds(&p, "leader", old) && holds(&p, "key", old));
        assert!(!holds(&p, "leader", new), "the old posts ended with June 2025");
        p.values.insert("current_title".into(), "P16".into());
        assert!(holds(&p, "leader", new) && !holds(&p, "leader", old) && !holds(&p, "key", new));
        p.values.insert("current_title".into(), "CC02".into());
        assert!(!holds(&p, "leader", old));
        p.values.insert("concurrent_title".into(), "CB09".into());
        assert!(holds(&p, "leader", old));
    }

    #[test]
    fn retirement_ages_follow_the_decree() {
        let due = |birth: &str, sex: &str| {
            let mut p = person();
            p.values.insert("birth_date".into(), birth.into());
            p.values.insert("sex".into(), sex.into());
            computed_value(&p, "retire_date_due", day("2025-06-30")).unwrap().to_string()
        };
        assert_eq!(due("1961-01-15", "M"), "2021-04-15");
        assert_eq!(due("1961-10-15", "M"), "2022-04-15");
        assert_eq!(due("1965-02-10", "M"), "2026-08-10");
        assert_eq!(due("1966-01-01", "M"), "2027-10-01");
        assert_eq!(due("1990-05-20", "M"), "2052-05-20");
        assert_eq!(due("1969-06-30", "F"), "2026-06-30");
        assert_eq!(due("1985-06-01", "F"), "2045-06-01");
        assert_eq!(due("1950-06-01", "M"), "2010-06-01");
    }

    #[test]
    fn a_discipline_puts_the_next_raise_off() {
        let mut p = person();
        for (key, value) in [("rank_code", "01.003"), ("salary_date", "2024-03-01")] {
            p.values.insert(key.into(), value.into());
        }
        p.values.insert("salary_step".into(), Scalar::Int(3));
        let due = |p: &Person| computed_value(p, "next_raise_due", day("2025-06-30"));
        assert_eq!(due(&p), Some("2027-03-01".into()));
        add(&mut p, "disciplines", 1, &[("from_date", "2025-01"), ("form", "canh_cao")]);
        assert_eq!(due(&p), Some("2027-09-01".into()));
    }
}
