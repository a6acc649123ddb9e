//! Origin a place of a form to the words that stand there.

use wardbook_record::{
    Field, Item, Kind, Lang, PartialDate, Person, Row, Scalar, Table, schema, show_cell,
    show_computed,
};

use super::form::{Joined, Value};

/// Where values are taken from.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'a> {
    /// The record.
    Person(&'a Person),
    /// A row of one of its tables.
    Row(&'a Table, &'a Row),
}

/// How values are read: as of a day, without what the reader may not see.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) as_of: PartialDate,
    pub(crate) hidden: &'a dyn Fn(&str) -> bool,
}

impl Reading<'_> {
    /// The words of a value; empty when there is nothing to print.
    pub(crate) fn words(&self, value: &Value, from: Origin<'_>) -> String {
        match value {
            Value::Key(key) => self.key(key, from),
            Value::Code { code } => self.code(code, from),
            Value::Text { text } => text.clone(),
            Value::First { first } => {
                let mut words = first.iter().map(|value| self.words(value, from));
                words.find(|words| !words.is_empty()).unwrap_or_default()
            }
            Value::Joined(joined) => match (&joined.rows, from) {
                (Some(table), Origin::Person(person)) => self.of_rows(joined, table, person),
                _ => self.joined(joined, from),
            },
        }
    }

    fn key(&self, key: &str, from: Origin<'_>) -> String {
        match from {
            Origin::Person(person) => match schema().field(key) {
                Some(field) if !(self.hidden)(key) => self.field(field, person),
                _ => String::new(),
            },
            Origin::Row(table, row) => match table.column(key) {
                Some(column) => match self.label(column, row.text(key)) {
                    Some(label) => label,
                    None => show_cell(column, row, Lang::Vi),
                },
                None => String::new(),
            },
        }
    }

    fn field(&self, field: &Field, person: &Person) -> String {
        let label = self.label(field, person.text(&field.key));
        label.unwrap_or_else(|| show_computed(field, person, self.as_of, Lang::Vi))
    }

    /// The label that a code has on the day; another one of the same code else.
    fn label(&self, field: &Field, code: Option<&str>) -> Option<String> {
        if field.kind != Kind::Code || field.computed {
            return None;
        }
        let code = code?;
        let valid = field.items_on(self.as_of).into_iter().find(|item| item.code == code);
        valid.or_else(|| field.item(code)).map(|item| item.label(Lang::Vi).to_owned())
    }

    fn code(&self, key: &str, from: Origin<'_>) -> String {
        let value = match from {
            Origin::Person(person) => person.value(key).filter(|_| !(self.hidden)(key)),
            Origin::Row(_, row) => row.value(key),
        };
        value.map(Scalar::to_string).unwrap_or_default()
    }

    fn joined(&self, joined: &Joined, from: Origin<'_>) -> String {
        let mut parts: Vec<String> =
            joined.of.iter().map(|value| self.words(value, from)).collect();
        if let Some(last) = parts.last_mut()
            && last.is_empty()
            && !joined.open.is_empty()
        {
            last.clone_from(&joined.open);
        }
        let kept: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let ends_alone = kept.len() == 1 && joined.of.len() > 1 && kept[0] == joined.open;
        if kept.is_empty() || ends_alone {
            return String::new();
        }
        kept.join(&joined.join) + &joined.unit
    }

    /// All rows of a table, or the one that counts most.
    fn of_rows(&self, joined: &Joined, table: &str, person: &Person) -> String {
        let Some(table) = schema().table(table).filter(|table| !(self.hidden)(&table.key)) else {
            return String::new();
        };
        let rows = person.rows(&table.key).map(|(_, row)| row);
        let place = |row: &Row, column: &str| {
            let item = table.column(column).and_then(|column| column.item(row.text(&column.key)?));
            item.map(|item: &Item| item.sort)
        };
        let chosen: Vec<&Row> = match (&joined.least, &joined.most) {
            (Some(column), _) => {
                rows.min_by_key(|row| place(row, column).unwrap_or(u32::MAX)).into_iter().collect()
            }
            (None, Some(column)) => rows.max_by_key(|row| place(row, column)).into_iter().collect(),
            (None, None) => rows.collect(),
        };
        let words = chosen.into_iter().map(|row| self.joined(joined, Origin::Row(table, row)));
        words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ")
    }
}
