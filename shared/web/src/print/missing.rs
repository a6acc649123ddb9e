//! What a form still needs: told on the screen before printing.

use wardbook_record::{PartialDate, Person, schema};

use super::form::{Form, Joined, Part, Value};
use super::value::{Origin, Reading};

/// Something that is needed and not filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The number of the item; empty in the heading of the form.
    pub number: String,
    /// What the form calls it.
    pub label: String,
    /// The section of the record where it is filled in.
    pub section: String,
    /// The field or table of the record.
    pub key: String,
    /// Whether `key` is a table.
    pub is_table: bool,
}

/// What a form still needs of a record. What the reader may not see is not asked for.
pub fn missing(
    form: &Form,
    person: &Person,
    as_of: PartialDate,
    hidden: &dyn Fn(&str) -> bool,
) -> Vec<Missing> {
    let reading = Reading { as_of, hidden };
    let mut found = Vec::new();
    let mut ask = |number: &str, title: &str, part: &Part| {
        let key = first_key(&part.value);
        let empty = reading.words(&part.value, Origin::Person(person)).is_empty();
        if part.needed && empty && !key.is_empty() && !hidden(key) {
            let label = if part.label.is_empty() { title } else { &part.label };
            found.push(of_field(number, label, key));
        }
    };
    for part in form.head.iter().chain(&form.numbers) {
        ask("", "", part);
    }
    for item in &form.items {
        for part in &item.parts {
            ask(&item.no, &item.title, part);
        }
    }
    for item in form.items.iter().filter(|item| item.needed) {
        let Some(rows) = &item.table else { continue };
        let Some(source) = rows.sources.first() else { continue };
        if reading.rows(rows, person).is_empty() && !hidden(&source.table) {
            found.push(of_table(&item.no, &item.title, &source.table));
        }
    }
    let place = |missing: &Missing| form.items.iter().position(|item| item.no == missing.number);
    found.sort_by_key(place);
    found
}

fn of_field(number: &str, label: &str, key: &str) -> Missing {
    let section = schema().field(key).map(|field| field.section.clone()).unwrap_or_default();
    let label = super::sheet::categorised(label, None);
    Missing { number: number.to_owned(), label, section, key: key.to_owned(), is_table: false }
}

fn of_table(number: &str, label: &str, key: &str) -> Missing {
    let section = schema().table(key).map(|table| table.section.clone()).unwrap_or_default();
    let (number, label) = (number.to_owned(), label.to_owned());
    Missing { number, label, section, key: key.to_owned(), is_table: true }
}

/// The field that a person would fill in.
pub(crate) fn first_key(value: &Value) -> &str {
    match value {
        Value::Key(key) | Value::Code { code: key } => key,
        Value::Text { .. } => "",
        Value::Joined(Joined { rows: Some(table), .. }) => table,
        Value::First { first: of } | Value::Joined(Joined { of, .. }) => {
            of.first().map_or("", first_key)
        }
    }
}

/// The numbers of the items of which the reader may not see everything.
pub fn hidden_items(form: &Form, hidden: &dyn Fn(&str) -> bool) -> Vec<String> {
    let of_part = |part: &Part| {
        let key = first_key(&part.value);
        !key.is_empty() && hidden(key)
    };
    let of_item = |item: &&super::form::Item| {
        let rows = item.table.iter().flat_map(|rows| &rows.sources);
        item.parts.iter().any(of_part) || rows.into_iter().any(|source| hidden(&source.table))
    };
    form.items.iter().filter(of_item).map(|item| item.no.clone()).collect()
}
