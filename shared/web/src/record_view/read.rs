//! From text in one box to values: for forms, for conflict cards, and the heads they carry.

use wardbook_base::ChangeHash;
use wardbook_record::{
    Field, Kind, PartialDate, Path, Problem, Scalar, names, parse_typed, schema,
};

use super::form::{CHECKED, SubmittedForm};

/// What a person decided about one field of a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedChoice {
    /// The value that this change wrote.
    Of(ChangeHash),
    /// Another value, as typed.
    Other(Scalar),
}

/// What was chosen on a conflict card, field by field. Fields without a choice stay open.
///
/// # Errors
/// Every "other" box that cannot be read.
pub fn parse_choices(
    form: &SubmittedForm,
    as_of: PartialDate,
) -> Result<Vec<(Path, TypedChoice)>, Vec<Problem>> {
    let mut choices = Vec::new();
    let mut problems = Vec::new();
    for (name, choice) in form {
        let Some(path) = name.strip_prefix("choice.").and_then(|path| path.parse::<Path>().ok())
        else {
            continue;
        };
        if let Ok(hash) = choice.parse() {
            choices.push((path, TypedChoice::Of(hash)));
        } else if choice == "other" {
            let typed = form.get(&format!("other.{path}")).map_or("", String::as_str);
            let (value, problem) = read_other(&path, typed, as_of);
            problems.extend(problem);
            choices.push((path, TypedChoice::Other(value)));
        }
    }
    if problems.is_empty() { Ok(choices) } else { Err(problems) }
}

/// The heads that a form carries in its hidden field `heads`.
pub fn parse_heads(form: &SubmittedForm) -> Vec<ChangeHash> {
    let text = form.get("heads").map_or("", String::as_str);
    text.split(',').filter_map(|hash| hash.trim().parse().ok()).collect()
}

/// Heads as text for a hidden field.
pub(super) fn heads_text(heads: &[ChangeHash]) -> String {
    heads.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// The values that a box stands for by their stored key. What cannot be read stays as typed.
pub(super) fn read_box(
    field: &Field,
    name: &str,
    typed: &str,
    as_of: PartialDate,
) -> (Vec<(String, Option<Scalar>)>, Option<Problem>) {
    if matches!(field.kind, Kind::Object(_)) {
        return (vec![(name.to_owned(), plain_text(typed))], None);
    }
    match parse_typed(field, typed, as_of) {
        Ok(parts) => {
            let keyed = |(suffix, value)| (format!("{}{suffix}", field.key), value);
            (parts.into_iter().map(keyed).collect(), None)
        }
        Err(problem) => (vec![(as_typed_key(field), plain_text(typed))], Some(problem)),
    }
}

fn read_other(path: &Path, typed: &str, as_of: PartialDate) -> (Scalar, Option<Problem>) {
    let raw = Scalar::Text(names::normalise(typed));
    let Some(field) = schema().at(path) else { return (raw, None) };
    if matches!(path, Path::Code { .. }) {
        return (Scalar::Bool(typed == CHECKED), None);
    }
    let suffix = match path {
        Path::Field { key } => key.strip_prefix(field.key.as_str()).unwrap_or_default(),
        _ => "",
    };
    match parse_typed(field, typed, as_of) {
        Ok(parts) => {
            let found = parts.into_iter().find(|(part, _)| part == suffix);
            (found.and_then(|(_, value)| value).unwrap_or(raw), None)
        }
        Err(_) if !suffix.is_empty() => (raw, None),
        Err(mut problem) => {
            problem.path = path.clone();
            (raw, Some(problem))
        }
    }
}

fn as_typed_key(field: &Field) -> String {
    match field.kind {
        Kind::Place => format!("{}.text", field.key),
        _ => field.key.clone(),
    }
}

fn plain_text(typed: &str) -> Option<Scalar> {
    let text = names::normalise(typed);
    (!text.is_empty()).then_some(Scalar::Text(text))
}
