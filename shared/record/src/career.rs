//! The career of a person on one line of time: facts from many tables, with the gaps and overlaps
//! of the summary of work. Not to be confused with the history of edits.

use std::sync::OnceLock;

use serde::Deserialize;
use wardbook_base::RowId;

use crate::date::PartialDate;
use crate::events::has_taken_place;
use crate::lang::Lang;
use crate::person::{Person, Row};
use crate::schema::{Field, Kind, schema};
use crate::show::{show_cell, show_field};

/// Where facts of the career stand, as `data/career.json` lists it.
#[derive(Debug, Deserialize)]
struct Source {
    /// A single field that holds a date.
    #[serde(default)]
    field: String,
    /// Or a table.
    #[serde(default)]
    table: String,
    kind: CareerKind,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    /// The first of these that is filled names the fact.
    #[serde(default)]
    title: Vec<String>,
    detail: Vec<String>,
    /// Whether the rows ought to follow one another without gap and overlap.
    #[serde(default)]
    chain: bool,
}

/// What sort of fact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CareerKind {
    /// A line of the summary of work.
    Work,
    /// A movement or a contract.
    Movement,
    /// A post that is or was held.
    Post,
    /// A course or degree.
    Study,
    /// A step of pay.
    Pay,
    /// A reward.
    Award,
    /// A disciplinary measure.
    Discipline,
    /// A day that a single field names.
    Event,
}

impl CareerKind {
    /// All kinds, in the order of their filter.
    pub const ALL: [Self; 8] = [
        Self::Work,
        Self::Post,
        Self::Movement,
        Self::Study,
        Self::Pay,
        Self::Award,
        Self::Discipline,
        Self::Event,
    ];

    /// The word for it in addresses and text keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Movement => "movement",
            Self::Post => "post",
            Self::Study => "study",
            Self::Pay => "pay",
            Self::Award => "award",
            Self::Discipline => "discipline",
            Self::Event => "event",
        }
    }
}

/// One line of the career.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CareerLine {
    /// From when.
    pub from: Option<PartialDate>,
    /// Until when; none = that day alone, or still.
    pub to: Option<PartialDate>,
    /// What.
    pub what: CareerWhat,
}

/// What a line of the career says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CareerWhat {
    /// Something that the record tells.
    Fact(CareerFact),
    /// Months between two lines of work of which the record tells nothing.
    Gap {
        /// How many.
        months: i32,
    },
}

/// A fact of the career.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CareerFact {
    /// What sort.
    pub kind: CareerKind,
    /// The key of the table or of the single field that tells it.
    pub owner: String,
    /// The row; none for a single field.
    pub row: Option<RowId>,
    /// What it is called.
    pub title: String,
    /// The rest, in one line.
    pub detail: String,
    /// What is odd about it.
    pub marks: Vec<CareerMark>,
}

/// What is odd about a line of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CareerMark {
    /// It began before an earlier one had ended.
    Overlaps {
        /// By how many months.
        months: i32,
        /// The earlier one's title.
        other: String,
    },
    /// It has no end although a later one follows.
    NoEnd,
}

/// The career, oldest first; what has no date stands last. `as_of` ends what still lasts.
pub fn career(person: &Person, as_of: PartialDate, lang: Lang) -> Vec<CareerLine> {
    let mut lines = Vec::new();
    for source in sources() {
        if source.table.is_empty() {
            lines.extend(of_field(source, person, lang));
            continue;
        }
        // A move that was only asked for, or refused, is no part of the career.
        let is_past = |row: &Row| source.table != "movements" || has_taken_place(row);
        let rows = person.rows(&source.table).filter(|(_, row)| is_past(row));
        let mut found: Vec<CareerLine> =
            rows.map(|(id, row)| of_row(source, *id, row, lang)).collect();
        if source.chain {
            found.sort_by_key(start);
            mark(&mut found);
            lines.extend(gaps(person, &found, as_of));
        }
        lines.append(&mut found);
    }
    lines.sort_by_key(start);
    lines
}

fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        serde_json::from_str(include_str!("../data/career.json"))
            .expect("the embedded career.json is checked by tests")
    })
}

fn start(line: &CareerLine) -> (bool, Option<PartialDate>, bool) {
    let is_gap = matches!(line.what, CareerWhat::Gap { .. });
    (line.from.is_none(), line.from.map(PartialDate::earliest), is_gap)
}

fn of_field(source: &Source, person: &Person, lang: Lang) -> Option<CareerLine> {
    let from = person.date(&source.field)?;
    let field = schema().field(&source.field)?;
    let detail = source.detail.iter().filter_map(|key| schema().field(key));
    let detail = detail.map(|field| show_field(field, person, lang)).collect();
    Some(CareerLine {
        from: Some(from),
        to: None,
        what: CareerWhat::Fact(CareerFact {
            kind: source.kind,
            owner: source.field.clone(),
            row: None,
            title: field.label(lang).to_owned(),
            detail: joined(detail),
            marks: Vec::new(),
        }),
    })
}

fn of_row(source: &Source, id: RowId, row: &Row, lang: Lang) -> CareerLine {
    let column = |key: &String| schema().column(&source.table, key);
    let shown = |key: &String| column(key).map(|column| in_words(column, row, lang));
    let title = source.title.iter().filter_map(shown).find(|text| !text.is_empty());
    let table = || schema().table(&source.table).map_or("", |table| table.label(lang)).to_owned();
    let year = row.int(&source.from).and_then(|year| u16::try_from(year).ok());
    let year = year.and_then(|year| PartialDate::new(year, None, None).ok());
    CareerLine {
        from: row.date(&source.from).or(year),
        to: row.date(&source.to),
        what: CareerWhat::Fact(CareerFact {
            kind: source.kind,
            owner: source.table.clone(),
            row: Some(id),
            title: title.unwrap_or_else(table),
            detail: joined(source.detail.iter().filter_map(shown).collect()),
            marks: Vec::new(),
        }),
    }
}

/// A cell for a sentence: a bare number says what it counts.
fn in_words(column: &Field, row: &Row, lang: Lang) -> String {
    let shown = show_cell(column, row, lang);
    let is_number = matches!(column.kind, Kind::Int { .. } | Kind::Decimal { .. } | Kind::Percent);
    if is_number && !shown.is_empty() { format!("{}: {shown}", column.label(lang)) } else { shown }
}

fn joined(parts: Vec<String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Months since the year 0: lines of work are told by the month.
fn month(date: PartialDate) -> i32 {
    i32::from(date.year) * 12 + i32::from(date.month.unwrap_or(1)) - 1
}

/// The month of such a number.
fn of_month(number: i32) -> Option<PartialDate> {
    let year = u16::try_from(number.div_euclid(12)).ok()?;
    let month = u8::try_from(number.rem_euclid(12) + 1).ok()?;
    PartialDate::new(year, Some(month), None).ok()
}

/// Marks lines without an end, and those that surely began before an earlier one ended. Ending and
/// beginning in the same month is as it should be.
fn mark(lines: &mut [CareerLine]) {
    let mut reach: Option<(i32, String)> = None;
    for at in 0..lines.len() {
        let is_last = at + 1 == lines.len();
        let line = &mut lines[at];
        let (Some(from), CareerWhat::Fact(fact)) = (line.from, &mut line.what) else { continue };
        if let Some((end, other)) = &reach {
            let months = end - month(from.latest());
            if months > 0 {
                fact.marks.push(CareerMark::Overlaps { months, other: other.clone() });
            }
        }
        match line.to {
            Some(to) => {
                let end = month(to.earliest());
                if reach.as_ref().is_none_or(|(known, _)| end > *known) {
                    reach = Some((end, fact.title.clone()));
                }
            }
            None if !is_last => fact.marks.push(CareerMark::NoEnd),
            None => {}
        }
    }
}

/// The months that no line of work covers: between two lines, before the first since recruitment,
/// and after the last while the person still works.
fn gaps(person: &Person, lines: &[CareerLine], as_of: PartialDate) -> Vec<CareerLine> {
    let mut gaps = Vec::new();
    let dated = || lines.iter().filter(|line| line.from.is_some());
    if dated().next().is_none() {
        return gaps;
    }
    let recruited = person.date("first_recruit_date").map(|date| month(date.latest()) - 1);
    let mut reach = recruited;
    for line in dated() {
        let Some(from) = line.from else { continue };
        gaps.extend(reach.and_then(|reach| gap(reach, month(from.earliest()))));
        // A line without an end lasts until the next one begins, or to this day.
        let end = line.to.map_or(i32::MAX, |to| month(to.latest()));
        reach = Some(reach.map_or(end, |reach| reach.max(end)));
        if line.to.is_none() {
            let next = dated().filter_map(|other| other.from).find(|other| *other > from);
            reach = Some(next.map_or(i32::MAX, |next| month(next.earliest())));
        }
    }
    let gone = ["da_chuyen", "da_nghi_huu", "da_thoi_viec", "tu_tran"];
    let works = person.text("work_status").is_some_and(|status| !gone.contains(&status));
    if works {
        gaps.extend(reach.and_then(|reach| gap(reach, month(as_of.earliest()) + 1)));
    }
    gaps
}

/// The months between the last covered one and the first covered one after it.
fn gap(covered: i32, next: i32) -> Option<CareerLine> {
    let months = next.checked_sub(covered)? - 1;
    (months > 0).then(|| CareerLine {
        from: of_month(covered + 1),
        to: of_month(next - 1),
        what: CareerWhat::Gap { months },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::Scalar;

    fn work(person: &mut Person, id: u8, from: &str, to: &str, title: &str) {
        let cells = [("from_date", from), ("to_date", to), ("title", title), ("org", "UBND xã")];
        let cells = cells.iter().filter(|(_, value)| !value.is_empty());
        let cells = cells.map(|(key, value)| ((*key).to_owned(), Scalar::from(*value))).collect();
        let rows = person.tables.entry("work_history".to_owned()).or_default();
        rows.insert(RowId([id; 16]), Row { cells });
    }

    fn told(person: &Person, as_of: &str) -> Vec<String> {
        let lines = career(person, as_of.parse().unwrap(), Lang::Vi);
        let shown = lines.iter().map(|line| {
            let date = |date: Option<PartialDate>| date.map_or("…".to_owned(), |d| d.to_string());
            let what = match &line.what {
                CareerWhat::Gap { months } => format!("trống {months}"),
                CareerWhat::Fact(fact) => format!("{}{}", fact.title, marks(&fact.marks)),
            };
            format!("{}–{} {what}", date(line.from), date(line.to))
        });
        shown.collect()
    }

    fn marks(marks: &[CareerMark]) -> String {
        let words = marks.iter().map(|mark| match mark {
            CareerMark::Overlaps { months, other } => format!(" chồng {months} với {other}"),
            CareerMark::NoEnd => " chưa có ngày kết thúc".to_owned(),
        });
        words.collect()
    }

    #[test]
    fn lines_that_follow_one_another_have_no_mark() {
        let mut person = Person::default();
        person.values.insert("work_status".into(), "dang_lam_viec".into());
        work(&mut person, 2, "2015-06", "", "Phó trưởng phòng");
        work(&mut person, 1, "2010-03", "2015-06", "Chuyên viên");
        let lines = ["03/2010–06/2015 Chuyên viên", "06/2015–… Phó trưởng phòng"];
        assert_eq!(told(&person, "2026-11-22"), lines);
        work(&mut person, 1, "2010-03", "2015-05", "Chuyên viên");
        assert_eq!(told(&person, "2026-11-22").len(), 2, "the next month follows too");
    }

    #[test]
    fn gaps_and_overlaps_are_told_by_the_month() {
        let mut person = Person::default();
        person.values.insert("first_recruit_date".into(), "2009-12-01".into());
        person.values.insert("work_status".into(), "dang_lam_viec".into());
        work(&mut person, 1, "2010-03", "2012-06", "A");
        work(&mut person, 2, "2012-10", "2016-01", "B");
        work(&mut person, 3, "2015-09", "2026-09", "C");
        let lines = [
            "01/12/2009–… Ngày được tuyển dụng lần đầu",
            "12/2009–02/2010 trống 3",
            "03/2010–06/2012 A",
            "07/2012–09/2012 trống 3",
            "10/2012–01/2016 B",
            "09/2015–09/2026 C chồng 4 với B",
            "10/2026–11/2026 trống 2",
        ];
        assert_eq!(told(&person, "2026-11-22"), lines);
    }

    #[test]
    fn what_is_only_known_by_the_year_is_given_the_benefit_of_the_doubt() {
        let mut person = Person::default();
        work(&mut person, 1, "2010", "2012", "A");
        work(&mut person, 2, "2012", "2014", "B");
        work(&mut person, 3, "2015", "2016", "C");
        assert_eq!(told(&person, "2026-11-22"), ["2010–2012 A", "2012–2014 B", "2015–2016 C"]);
    }

    #[test]
    fn a_line_without_end_is_marked_unless_it_is_the_last() {
        let mut person = Person::default();
        work(&mut person, 1, "2010-01", "", "A");
        work(&mut person, 2, "2012-01", "", "B");
        let lines = ["01/2010–… A chưa có ngày kết thúc", "01/2012–… B"];
        assert_eq!(told(&person, "2026-11-22"), lines);
    }

    #[test]
    fn a_retired_person_has_no_gap_after_the_end() {
        let mut person = Person::default();
        work(&mut person, 1, "2010-01", "2020-01", "A");
        person.values.insert("work_status".into(), "da_nghi_huu".into());
        assert_eq!(told(&person, "2026-11-22").len(), 1);
    }

    #[test]
    fn every_source_names_what_the_schema_has() {
        for source in sources() {
            if source.table.is_empty() {
                assert!(schema().field(&source.field).is_some(), "{}", source.field);
                assert!(source.detail.iter().all(|key| schema().field(key).is_some()));
                continue;
            }
            let columns = source.title.iter().chain(&source.detail).chain([&source.from]);
            for column in columns.chain((!source.to.is_empty()).then_some(&source.to)) {
                assert!(schema().column(&source.table, column).is_some(), "{column}");
            }
        }
    }

    #[test]
    fn facts_of_other_tables_stand_among_the_work() {
        let mut person = Person::default();
        work(&mut person, 1, "2010-01", "", "A");
        let cells = [("year", Scalar::Int(2015)), ("content", Scalar::from("Hoàn thành tốt"))];
        let cells = cells.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        person.tables.entry("awards".into()).or_default().insert(RowId([9; 16]), Row { cells });
        let lines = career(&person, "2026-11".parse().unwrap(), Lang::Vi);
        let CareerWhat::Fact(award) = &lines[1].what else { panic!("a fact") };
        assert_eq!((award.kind, award.detail.as_str()), (CareerKind::Award, "Hoàn thành tốt"));
        assert_eq!(lines[1].from.map(PartialDate::stored).as_deref(), Some("2015"));
    }
}
