//! From the boxes of a form to edits: only what a person touched becomes one.
//!
//! Beside every box `name` a hidden `was.name` keeps what the box showed. A box that still says so
//! yields no edit, so that a form made from an old state never writes back what it did not touch.

use std::collections::BTreeMap;

use wardbook_base::{ChangeHash, RowId};
use wardbook_record::{
    Edit, Field, Kind, PartialDate, Path, Person, Problem, Row, Scalar, Section, Table, schema,
    typed_text,
};

use super::read::{heads_text, parse_heads, read_box};

/// A form as the browser sends it: names to text.
pub type SubmittedForm = BTreeMap<String, String>;

/// What the boxes of a form hold, and what they held when the form was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormValues {
    /// The text in each box.
    now: BTreeMap<String, String>,
    /// The text each box was filled with at first.
    was: BTreeMap<String, String>,
    /// The heads of the record the form was made from.
    pub heads: Vec<ChangeHash>,
}

impl FormValues {
    /// The boxes of one section, filled from a record.
    pub fn of_section(section: &Section, person: &Person, heads: &[ChangeHash]) -> Self {
        let boxes = editable_fields(&section.key).flat_map(|field| boxes_of_field(field, person));
        Self::filled(boxes.collect(), heads)
    }

    /// The boxes of one row, filled from it, or empty for a new one.
    pub fn of_row(table: &Table, row: Option<&Row>, heads: &[ChangeHash]) -> Self {
        let text = |column: &Field, key: &str| {
            row.and_then(|row| row.value(key)).map_or_else(String::new, |v| typed_text(column, v))
        };
        let boxes = editable_columns(table).flat_map(|column| {
            box_keys(column)
                .into_iter()
                .map(|(name, key)| {
                    let shown = text(column, &key);
                    (name, shown)
                })
                .collect::<Vec<_>>()
        });
        Self::filled(boxes.collect(), heads)
    }

    /// The boxes of the short form for a new person, all empty.
    pub fn of_new_person() -> Self {
        let nobody = Person::default();
        let boxes = new_person_fields().flat_map(|field| boxes_of_field(field, &nobody));
        Self::filled(boxes.collect(), &[])
    }

    fn filled(now: BTreeMap<String, String>, heads: &[ChangeHash]) -> Self {
        Self { was: now.clone(), now, heads: heads.to_vec() }
    }

    /// The boxes as they were sent, to be shown again beside the errors.
    pub fn of_submitted(form: &SubmittedForm) -> Self {
        let was: BTreeMap<String, String> = form
            .iter()
            .filter_map(|(name, text)| Some((name.strip_prefix("was.")?.to_owned(), text.clone())))
            .collect();
        let now = was
            .keys()
            .map(|name| (name.clone(), form.get(name).cloned().unwrap_or_default()))
            .collect();
        Self { now, was, heads: parse_heads(form) }
    }

    /// The same with what a draft holds on top: its touched boxes, and the heads it was typed on, so
    /// that what others changed meanwhile is noticed when it is saved.
    #[must_use]
    pub fn with_draft(mut self, draft: &SubmittedForm) -> Self {
        for (name, was, now) in touched_boxes(draft) {
            self.was.insert(name.to_owned(), was.to_owned());
            self.now.insert(name.to_owned(), now.to_owned());
        }
        self.heads = parse_heads(draft);
        self
    }

    /// The text in a box.
    pub fn text(&self, name: &str) -> &str {
        self.now.get(name).map_or("", String::as_str)
    }

    /// The text the box was filled with at first.
    pub fn text_before(&self, name: &str) -> &str {
        self.was.get(name).map_or("", String::as_str)
    }

    /// The ticked codes of a field that stand in no list of choices, with what to call them.
    pub(super) fn other_codes(
        &self,
        field: &Field,
        listed: &[(String, String)],
    ) -> Vec<(String, String)> {
        let of_field = |name: &String| {
            let code = name.strip_prefix(field.key.as_str())?.strip_prefix('/')?;
            Some(code.to_owned())
        };
        self.was
            .keys()
            .filter_map(of_field)
            .filter(|code| listed.iter().all(|(known, _)| known != code))
            .map(|code| {
                let label = field.item(&code).map_or(code.as_str(), |item| &item.label_vi);
                (code.clone(), label.to_owned())
            })
            .collect()
    }

    /// The heads as a hidden field carries them.
    pub fn heads_text(&self) -> String {
        heads_text(&self.heads)
    }
}

/// The part of a form that is worth keeping as a draft: the boxes whose text differs from what they
/// showed at first, and the heads. Empty when nothing was typed.
pub fn draft_of(form: &SubmittedForm) -> SubmittedForm {
    let mut draft = SubmittedForm::new();
    for (name, was, now) in touched_boxes(form) {
        draft.insert(name.to_owned(), now.to_owned());
        draft.insert(format!("was.{name}"), was.to_owned());
    }
    if let (false, Some(heads)) = (draft.is_empty(), form.get("heads")) {
        draft.insert("heads".to_owned(), heads.clone());
    }
    draft
}

/// What a draft holds, for people: the name of each box, its text at first, its text now.
pub fn touched_boxes(form: &SubmittedForm) -> Vec<(&str, &str, &str)> {
    form.iter()
        .filter_map(|(name, was)| Some((name.strip_prefix("was.")?, was.as_str())))
        .map(|(name, was)| (name, was, form.get(name).map_or("", String::as_str)))
        .filter(|(_, was, now)| was.trim() != now.trim())
        .collect()
}

/// The edits of a section form.
///
/// # Errors
/// Every box that cannot be read, with what to do, unless the person ticked `keep_as_typed`: then
/// the text is kept as it is and the record shows the problem.
pub fn parse_section(
    section: &str,
    form: &SubmittedForm,
    as_of: PartialDate,
) -> Result<Vec<Edit>, Vec<Problem>> {
    let mut edits = Vec::new();
    let mut problems = Vec::new();
    for field in editable_fields(section) {
        for (name, typed) in touched(form, field) {
            let (more, problem) = field_edits(field, name, typed, as_of);
            edits.extend(more);
            problems.extend(problem);
        }
    }
    kept_or_refused(form, edits, problems)
}

/// The edits of a row form: cells of `row`, or a new row under that id when `is_new`.
///
/// # Errors
/// As [`parse_section`].
pub fn parse_row(
    table: &Table,
    row: RowId,
    is_new: bool,
    form: &SubmittedForm,
    as_of: PartialDate,
) -> Result<Vec<Edit>, Vec<Problem>> {
    let mut cells = BTreeMap::new();
    let mut problems = Vec::new();
    for column in editable_columns(table) {
        for (name, typed) in touched(form, column) {
            let (values, problem) = read_box(column, name, typed, as_of);
            cells.extend(values);
            problems.extend(problem.map(|problem| in_row(problem, table, row, &column.key)));
        }
    }
    let edits = if is_new { new_row(table, row, cells) } else { cell_edits(table, row, cells) };
    kept_or_refused(form, edits, problems)
}

/// The edits that make a new person from the short form: all boxes that are not empty.
///
/// # Errors
/// As [`parse_section`].
pub fn parse_new_person(
    form: &SubmittedForm,
    as_of: PartialDate,
) -> Result<Vec<Edit>, Vec<Problem>> {
    let mut edits = Vec::new();
    let mut problems = Vec::new();
    for section in &schema().sections {
        match parse_section(&section.key, form, as_of) {
            Ok(more) => edits.extend(more),
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() { Ok(edits) } else { Err(problems) }
}

/// The fields of a section that a person may type.
pub(super) fn editable_fields(section: &str) -> impl Iterator<Item = &Field> {
    schema().fields_in(section).filter(|field| is_editable(field))
}

/// The columns of a table that a person may type.
pub(super) fn editable_columns(table: &Table) -> impl Iterator<Item = &Field> {
    table.columns.iter().filter(|column| is_editable(column))
}

/// The fields of the short form: what a record needs at least, and the person's number.
pub(super) fn new_person_fields() -> impl Iterator<Item = &'static Field> {
    schema()
        .fields
        .iter()
        .filter(|field| is_editable(field) && (field.required || field.key == "person_id_no"))
}

pub(super) fn is_editable(field: &Field) -> bool {
    let by_machine = matches!(field.kind, Kind::Uuid | Kind::Blob | Kind::DateTime);
    !(field.computed || field.immutable || by_machine)
}

/// The boxes of a field: the name of each, and the key under which its value is stored.
///
/// A place has one box, for its text; an object one for each part; a set of codes has one for
/// each code and is not listed here.
pub(super) fn box_keys(field: &Field) -> Vec<(String, String)> {
    let key = &field.key;
    match &field.kind {
        Kind::Codes => Vec::new(),
        Kind::Place => vec![(key.clone(), format!("{key}.text"))],
        Kind::Object(parts) => parts
            .iter()
            .map(|part| format!("{key}{}", part.suffix))
            .map(|name| (name.clone(), name))
            .collect(),
        _ => vec![(key.clone(), key.clone())],
    }
}

fn boxes_of_field(field: &Field, person: &Person) -> Vec<(String, String)> {
    if field.kind == Kind::Codes {
        // Codes that are not in the set have no entry: an absent box and an empty one are equal.
        return person
            .codes(&field.key)
            .map(|code| (format!("{}/{code}", field.key), CHECKED.to_owned()))
            .collect();
    }
    let text =
        |key: &str| person.value(key).map_or_else(String::new, |value| typed_text(field, value));
    box_keys(field).into_iter().map(|(name, key)| (name, text(&key))).collect()
}

/// What a ticked box sends.
pub(super) const CHECKED: &str = "1";

/// The boxes of a field whose text differs from what they showed: name and text as typed.
fn touched<'a>(form: &'a SubmittedForm, field: &Field) -> Vec<(&'a str, &'a str)> {
    let of_field = |name: &str| {
        name.strip_prefix(field.key.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
    };
    touched_boxes(form)
        .into_iter()
        .filter(|(name, _, _)| of_field(name) && !takes_theirs(form, name))
        .map(|(name, _, now)| (name, now))
        .collect()
}

/// Whether the merge view was answered with "keep what is there now" for a box.
fn takes_theirs(form: &SubmittedForm, name: &str) -> bool {
    form.get(&format!("pick.{name}")).is_some_and(|pick| pick == "theirs")
}

fn field_edits(
    field: &Field,
    name: &str,
    typed: &str,
    as_of: PartialDate,
) -> (Vec<Edit>, Option<Problem>) {
    if let Some((key, code)) = name.split_once('/') {
        return (vec![Edit::set(Path::code(key, code), typed == CHECKED)], None);
    }
    let (values, problem) = read_box(field, name, typed, as_of);
    let edit = |(key, value): (String, Option<Scalar>)| match value {
        Some(value) => Edit::set_field(&key, value),
        None => Edit::Clear { path: Path::field(key) },
    };
    (values.into_iter().map(edit).collect(), problem)
}

fn in_row(mut problem: Problem, table: &Table, row: RowId, column: &str) -> Problem {
    problem.path = Path::cell(&table.key, row, column);
    problem
}

fn new_row(table: &Table, row: RowId, cells: BTreeMap<String, Option<Scalar>>) -> Vec<Edit> {
    let cells: BTreeMap<String, Scalar> =
        cells.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    if cells.is_empty() {
        return Vec::new();
    }
    vec![Edit::AddRow { table: table.key.clone(), row, cells }]
}

fn cell_edits(table: &Table, row: RowId, cells: BTreeMap<String, Option<Scalar>>) -> Vec<Edit> {
    let edit = |(column, value): (String, Option<Scalar>)| {
        let path = Path::cell(&table.key, row, column);
        match value {
            Some(value) => Edit::set(path, value),
            None => Edit::Clear { path },
        }
    };
    cells.into_iter().map(edit).collect()
}

/// The edits, unless a box cannot be read and the person did not tick "keep it as typed".
fn kept_or_refused(
    form: &SubmittedForm,
    edits: Vec<Edit>,
    problems: Vec<Problem>,
) -> Result<Vec<Edit>, Vec<Problem>> {
    let keep = form.get("keep_as_typed").is_some_and(|tick| tick == CHECKED);
    if problems.is_empty() || keep { Ok(edits) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use wardbook_base::DocumentId;

    use super::*;

    fn day() -> PartialDate {
        PartialDate::parse_stored("2025-06-30").expect("a day")
    }

    fn section_of(key: &str) -> &'static Section {
        let field = schema().field(key).expect("a field");
        schema().section(&field.section).expect("its section")
    }

    /// What the browser sends for a form of which some boxes were changed.
    fn sent(values: &FormValues, changed: &[(&str, &str)]) -> SubmittedForm {
        let mut form: SubmittedForm =
            values.was.iter().map(|(name, text)| (format!("was.{name}"), text.clone())).collect();
        form.extend(values.now.clone());
        form.insert("heads".to_owned(), values.heads_text());
        form.extend(changed.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
        form
    }

    fn somebody() -> Person {
        let mut person = Person::new(DocumentId([1; 16]));
        for (key, value) in
            [("full_name", "Trần Thị Mận"), ("birth_date", "1990-02-28"), ("sex", "F")]
        {
            person.values.insert(key.to_owned(), Scalar::from(value));
        }
        person
    }

    #[test]
    fn a_form_sent_back_as_it_was_changes_nothing() {
        let person = somebody();
        for section in &schema().sections {
            let values = FormValues::of_section(section, &person, &[]);
            let form = sent(&values, &[]);
            assert_eq!(parse_section(&section.key, &form, day()), Ok(vec![]), "{}", section.key);
        }
    }

    #[test]
    fn only_the_touched_box_becomes_an_edit() {
        let section = section_of("birth_date");
        let values = FormValues::of_section(section, &somebody(), &[]);
        assert_eq!(values.text("birth_date"), "28/02/1990");
        let form = sent(&values, &[("birth_date", "1/3/1991")]);
        let edits = parse_section(&section.key, &form, day()).expect("a date");
        assert_eq!(edits, vec![Edit::set_field("birth_date", "1991-03-01")]);
    }

    #[test]
    fn what_cannot_be_read_is_told_and_kept_on_wish() {
        let section = section_of("birth_date");
        let values = FormValues::of_section(section, &somebody(), &[]);
        let mut form = sent(&values, &[("birth_date", "31/02/1990")]);
        let problems = parse_section(&section.key, &form, day()).expect_err("no such day");
        assert_eq!(problems.len(), 1);
        form.insert("keep_as_typed".to_owned(), CHECKED.to_owned());
        let edits = parse_section(&section.key, &form, day()).expect("kept");
        assert_eq!(edits, vec![Edit::set_field("birth_date", "31/02/1990")]);
    }

    #[test]
    fn whoever_keeps_the_other_value_in_the_merge_view_writes_nothing() {
        let section = section_of("full_name");
        let values = FormValues::of_section(section, &somebody(), &[]);
        let mine = [("full_name", "Trần Thị Đào"), ("pick.full_name", "mine")];
        let theirs = [("full_name", "Trần Thị Đào"), ("pick.full_name", "theirs")];
        let edits =
            |changed: &[(&str, &str)]| parse_section(&section.key, &sent(&values, changed), day());
        assert_eq!(edits(&mine), Ok(vec![Edit::set_field("full_name", "Trần Thị Đào")]));
        assert_eq!(edits(&theirs), Ok(vec![]));
    }

    #[test]
    fn a_draft_keeps_what_was_typed_and_nothing_else() {
        let section = section_of("birth_date");
        let heads = [ChangeHash([7; 32])];
        let values = FormValues::of_section(section, &somebody(), &heads);
        assert!(draft_of(&sent(&values, &[])).is_empty());
        let draft = draft_of(&sent(&values, &[("other_names", "Ba Mận")]));
        assert_eq!(draft.len(), 3, "{draft:?}");
        // Meanwhile somebody else wrote another field: the draft shows it, and its own heads.
        let mut person = somebody();
        person.values.insert("phone".to_owned(), Scalar::from("0912345678"));
        let newer = FormValues::of_section(section, &person, &[ChangeHash([8; 32])]);
        let restored = newer.with_draft(&draft);
        assert_eq!(restored.text("other_names"), "Ba Mận");
        assert_eq!(
            (restored.text("phone"), restored.text_before("phone")),
            ("0912345678", "0912345678")
        );
        assert_eq!(restored.heads, heads);
    }

    #[test]
    fn a_label_may_be_typed_without_its_marks() {
        let section = section_of("ethnic");
        let values = FormValues::of_section(section, &somebody(), &[]);
        let edits =
            |typed: &str| parse_section(&section.key, &sent(&values, &[("ethnic", typed)]), day());
        for typed in ["Kinh", "kinh", "KINH", "01"] {
            assert_eq!(edits(typed), Ok(vec![Edit::set_field("ethnic", "01")]), "{typed}");
        }
        assert!(edits("nguoi kinh").is_err());
    }

    #[test]
    fn a_ticked_code_is_put_and_an_unticked_one_taken_out() {
        let field = schema().fields.iter().find(|f| f.kind == Kind::Codes).expect("a set of codes");
        let codes: Vec<&str> =
            field.items_on(day()).iter().map(|item| item.code.as_str()).collect();
        let mut person = somebody();
        person.codes.entry(field.key.clone()).or_default().insert(codes[0].to_owned());
        let section = schema().section(&field.section).expect("its section");
        let values = FormValues::of_section(section, &person, &[]);
        let (held, other) =
            (format!("{}/{}", field.key, codes[0]), format!("{}/{}", field.key, codes[1]));
        let mut form = sent(&values, &[(&other, CHECKED), (&format!("was.{other}"), "")]);
        form.remove(&held);
        let edits = parse_section(&section.key, &form, day()).expect("codes");
        assert!(edits.contains(&Edit::set(Path::code(&field.key, codes[0]), false)));
        assert!(edits.contains(&Edit::set(Path::code(&field.key, codes[1]), true)));
        assert_eq!(edits.len(), 2);
    }

    #[test]
    fn an_empty_new_row_is_no_row() {
        let table = schema().table("degrees").expect("a table");
        let values = FormValues::of_row(table, None, &[]);
        let row = RowId([3; 16]);
        assert_eq!(parse_row(table, row, true, &sent(&values, &[]), day()), Ok(vec![]));
        let form = sent(&values, &[("school", "Đại học Luật")]);
        let edits = parse_row(table, row, true, &form, day()).expect("a row");
        let cells = BTreeMap::from([("school".to_owned(), Scalar::from("Đại học Luật"))]);
        assert_eq!(edits, vec![Edit::AddRow { table: "degrees".to_owned(), row, cells }]);
    }
}
