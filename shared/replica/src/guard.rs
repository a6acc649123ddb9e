//! Edits that cannot be stored at all. Everything else is saved and flagged by validation.

use wardbook_base::limits::{STRING_CHARACTERS_MAX, TEXT_CHARACTERS_MAX};
use wardbook_record::{Edit, Field, Kind, Level, Path, Person, Problem, RETIRED, Scalar, schema};

/// The field that marks state secrets, and its one value that may be saved (decision 29).
const SECRECY_FIELD: &str = "secrecy_level";
const NOT_SECRET: &str = "khong_mat";

/// The edits that cannot be stored, each with its reason.
pub(crate) fn impossible(edits: &[Edit], present: &Person) -> Vec<Problem> {
    edits.iter().flat_map(|edit| impossible_edit(edit, present)).collect()
}

/// An edit of a place that this command does not write.
pub(crate) fn unknown(edit: &Edit) -> Problem {
    let path = edit.paths().into_iter().next().unwrap_or_else(|| Path::field(RETIRED));
    problem(&path, None, "unknown_field", Vec::new())
}

fn impossible_edit(edit: &Edit, present: &Person) -> Vec<Problem> {
    match edit {
        Edit::Set { path, value } => judge(path, Some(value), present).into_iter().collect(),
        Edit::Clear { path } => judge(path, None, present).into_iter().collect(),
        Edit::AddRow { table, row, cells } => cells
            .iter()
            .filter_map(|(column, value)| {
                judge(&Path::cell(table, *row, column), Some(value), present)
            })
            .collect(),
        Edit::RetireRow { table, row, reason } => {
            let path = Path::cell(table, *row, RETIRED);
            too_long(&path, reason, STRING_CHARACTERS_MAX).into_iter().collect()
        }
    }
}

fn judge(path: &Path, value: Option<&Scalar>, present: &Person) -> Option<Problem> {
    let problem = |code| Some(problem(path, value, code, Vec::new()));
    if is_bookkeeping(path) {
        return length(path, None, value);
    }
    let Some(field) = schema().at(path) else { return problem("unknown_field") };
    if field.computed {
        return problem("computed_field");
    }
    let now = present.at(path);
    if field.immutable && now.is_some() && now.as_ref() != value {
        return problem("immutable_field");
    }
    let is_secrecy = matches!(path, Path::Field { key } if key == SECRECY_FIELD);
    if is_secrecy && value.and_then(Scalar::as_text).is_some_and(|code| code != NOT_SECRET) {
        return problem("secrecy_not_allowed");
    }
    length(path, Some(field), value)
}

/// Keys that stand beside the schema: why something was retired, and that a row is a summary.
fn is_bookkeeping(path: &Path) -> bool {
    match path {
        Path::Field { key } => key == RETIRED,
        Path::Code { .. } => false,
        Path::Cell { column, .. } => column == RETIRED || column == wardbook_record::NO_DETAIL,
    }
}

fn length(path: &Path, field: Option<&Field>, value: Option<&Scalar>) -> Option<Problem> {
    let most = match field.map(|field| &field.kind) {
        Some(Kind::LongText) => TEXT_CHARACTERS_MAX,
        Some(Kind::Text { max }) => STRING_CHARACTERS_MAX.max(*max),
        _ => STRING_CHARACTERS_MAX,
    };
    too_long(path, value?.as_text()?, most)
}

fn too_long(path: &Path, text: &str, most: usize) -> Option<Problem> {
    let shown: String = text.chars().take(40).collect();
    (text.chars().count() > most).then(|| {
        let value = Scalar::from(format!("{shown}…"));
        problem(path, Some(&value), "text_too_long", vec![("max", most.to_string())])
    })
}

fn problem(
    path: &Path,
    value: Option<&Scalar>,
    code: &'static str,
    args: Vec<(&'static str, String)>,
) -> Problem {
    let value = value.map(ToString::to_string).unwrap_or_default();
    Problem { path: path.clone(), value, level: Level::Error, code, args }
}

#[cfg(test)]
mod tests {
    use wardbook_record::Lang;

    use super::*;

    fn codes(edits: &[Edit]) -> Vec<&'static str> {
        impossible(edits, &Person::default()).into_iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn what_cannot_be_stored_is_named_and_what_is_merely_wrong_is_not() {
        assert_eq!(codes(&[Edit::set_field("full_name", "x")]), Vec::<&str>::new());
        assert_eq!(codes(&[Edit::set_field("birth_date", "ngày rằm")]), Vec::<&str>::new());
        assert_eq!(codes(&[Edit::set_field("full_name", "x".repeat(501))]), ["text_too_long"]);
        assert_eq!(codes(&[Edit::set_field("secrecy_level", "mat")]), ["secrecy_not_allowed"]);
        assert_eq!(codes(&[Edit::set_field("secrecy_level", "khong_mat")]), Vec::<&str>::new());
        assert_eq!(codes(&[Edit::set_field("highest_qualification", "dh")]), ["computed_field"]);
        assert_eq!(codes(&[Edit::set_field("no_such_field", "x")]), ["unknown_field"]);
        let long = [Edit::set_field("full_name", "x".repeat(501))];
        let problem = &impossible(&long, &Person::default())[0];
        let sentence = format!("{} {}", problem.reason(Lang::Vi), problem.remedy(Lang::Vi));
        assert!(!sentence.contains('{') && sentence.contains("500"), "{sentence}");
    }
}
