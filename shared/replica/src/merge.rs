//! What a form was made from, what is there now, and what the form wants: compared field by field.

use std::collections::BTreeMap;

use wardbook_base::{ChangeHash, RowId};
use wardbook_record::{Edit, Path, Person, RETIRED, Scalar};

/// The fields of a form that somebody else changed since it was made.
///
/// The form's other edits were saved; these wait for a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeView {
    /// One line a field, in the order of the form's edits.
    pub fields: Vec<MergeField>,
    /// The heads of the present state: a second save made from these succeeds.
    pub heads: Vec<ChangeHash>,
    /// Edits of the same form that nobody else touched: these are saved.
    pub saved: usize,
}

/// One field with its three values. `None` is an empty field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeField {
    /// Where. A row that was edited or retired meanwhile is named by its `retired` cell.
    pub path: Path,
    /// The value the form was made from.
    pub base: Option<Scalar>,
    /// The value that is there now.
    pub theirs: Option<Scalar>,
    /// The value the form wants.
    pub mine: Option<Scalar>,
}

/// A form's edits, sorted by what others did meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sorted {
    /// To be written.
    pub(crate) clean: Vec<Edit>,
    /// To be chosen by a person.
    pub(crate) stale: Vec<MergeField>,
}

/// Sorts edits that were made from `base` while the record went on to `now`.
///
/// An edit is clean when nobody touched its place; it is dropped when somebody wrote the very same.
pub(crate) fn sort(base: &Person, now: &Person, edits: &[Edit]) -> Sorted {
    let mut sorted = Sorted::default();
    for edit in edits {
        match judge(base, now, edit) {
            Verdict::Clean => sorted.clean.push(edit.clone()),
            Verdict::Done => {}
            Verdict::Stale(field) => sorted.stale.push(field),
        }
    }
    sorted
}

enum Verdict {
    Clean,
    Done,
    Stale(MergeField),
}

fn judge(base: &Person, now: &Person, edit: &Edit) -> Verdict {
    match edit {
        Edit::Set { path, value } => judge_value(base, now, path, Some(value)),
        Edit::Clear { path } => judge_value(base, now, path, None),
        // A new row has an id of its own: nobody else can have touched it.
        Edit::AddRow { .. } => Verdict::Clean,
        Edit::RetireRow { table, row, reason } => judge_retirement(base, now, table, *row, reason),
    }
}

fn judge_value(base: &Person, now: &Person, path: &Path, mine: Option<&Scalar>) -> Verdict {
    if let Some(field) = row_retired_meanwhile(base, now, path) {
        return Verdict::Stale(field);
    }
    // "Not in the set" and `false` are the same thing for a code.
    let is_code = matches!(path, Path::Code { .. });
    let mine = mine.filter(|value| !(is_code && **value == Scalar::Bool(false))).cloned();
    let (base, theirs) = (base.at(path), now.at(path));
    if theirs == base {
        Verdict::Clean
    } else if theirs == mine {
        Verdict::Done
    } else {
        Verdict::Stale(MergeField { path: path.clone(), base, theirs, mine })
    }
}

/// A cell of a row that was in use when the form was made and is not any more.
fn row_retired_meanwhile(base: &Person, now: &Person, path: &Path) -> Option<MergeField> {
    let Path::Cell { table, row, column } = path else { return None };
    let then = base.row(table, row).and_then(|row| row.retired());
    let reason = now.row(table, row).and_then(|row| row.retired())?;
    (column != RETIRED && then.is_none()).then(|| MergeField {
        path: Path::cell(table, *row, RETIRED),
        base: None,
        theirs: Some(Scalar::from(reason)),
        mine: None,
    })
}

fn judge_retirement(base: &Person, now: &Person, table: &str, row: RowId, reason: &str) -> Verdict {
    let none = BTreeMap::new();
    let cells = |person: &Person| {
        person.row(table, &row).map_or_else(|| none.clone(), |row| row.cells.clone())
    };
    let (then, present) = (cells(base), cells(now));
    if then == present {
        return Verdict::Clean;
    }
    if present.contains_key(RETIRED) {
        return Verdict::Done;
    }
    let path = Path::cell(table, row, RETIRED);
    Verdict::Stale(MergeField { path, base: None, theirs: None, mine: Some(Scalar::from(reason)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardbook_record::Row;

    const ROW: RowId = RowId([1; 16]);

    fn person(values: &[(&str, &str)]) -> Person {
        let mut person = Person::default();
        for (key, value) in values {
            person.values.insert((*key).to_owned(), Scalar::from(*value));
        }
        person
    }

    fn with_row(cells: &[(&str, &str)]) -> Person {
        let mut person = Person::default();
        let cells = cells.iter().map(|(k, v)| ((*k).to_owned(), Scalar::from(*v))).collect();
        person.tables.entry("degrees".to_owned()).or_default().insert(ROW, Row { cells });
        person
    }

    #[test]
    fn an_untouched_place_is_clean_an_equal_one_done_another_one_stale() {
        let base = person(&[("phone", "1"), ("email", "a"), ("note", "x")]);
        let now = person(&[("phone", "1"), ("email", "b"), ("note", "y")]);
        let edits = [
            Edit::set_field("phone", "2"),
            Edit::set_field("email", "b"),
            Edit::set_field("note", "z"),
        ];
        let sorted = sort(&base, &now, &edits);
        assert_eq!(sorted.clean, [edits[0].clone()]);
        let stale = MergeField {
            path: Path::field("note"),
            base: Some(Scalar::from("x")),
            theirs: Some(Scalar::from("y")),
            mine: Some(Scalar::from("z")),
        };
        assert_eq!(sorted.stale, [stale]);
    }

    #[test]
    fn clearing_what_somebody_filled_is_stale() {
        let edits = [Edit::Clear { path: Path::field("phone") }];
        let sorted = sort(&person(&[("phone", "1")]), &person(&[("phone", "2")]), &edits);
        assert_eq!(sorted.stale.len(), 1);
        let sorted = sort(&person(&[("phone", "1")]), &person(&[]), &edits);
        assert_eq!(sorted, Sorted::default(), "both cleared it");
    }

    #[test]
    fn rows_that_others_edited_or_retired_are_shown() {
        let base = with_row(&[("level", "dh")]);
        let edited = with_row(&[("level", "ths")]);
        let retired = with_row(&[("level", "dh"), (RETIRED, "nhập nhầm")]);
        let retire =
            [Edit::RetireRow { table: "degrees".into(), row: ROW, reason: "trùng".into() }];
        assert_eq!(sort(&base, &base, &retire).clean, retire);
        assert_eq!(sort(&base, &edited, &retire).stale.len(), 1);
        assert_eq!(sort(&base, &retired, &retire), Sorted::default());
        let set = [Edit::set(Path::cell("degrees", ROW, "level"), "ts")];
        let stale = sort(&base, &retired, &set).stale;
        assert_eq!(stale[0].path, Path::cell("degrees", ROW, RETIRED));
        assert_eq!(stale[0].theirs, Some(Scalar::from("nhập nhầm")));
    }
}
