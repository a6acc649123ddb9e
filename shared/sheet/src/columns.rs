//! The columns that a workbook may have: every single field that people fill in, and summaries.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use wardbook_record::{Field, Kind, Lang, Part, is_summary_field, schema};

/// What a column of a workbook is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "target", content = "key", rename_all = "snake_case")]
pub enum Target {
    /// A single field, or one part of a compound one (`house_granted.type`).
    Field(String),
    /// A summary, which becomes one row of a table, marked as without detail (decision 27).
    Summary(String),
    /// The family name with the middle names; joined with [`Target::GivenName`].
    FamilyName,
    /// The given name.
    GivenName,
}

impl Target {
    /// The key of the column that is filled.
    pub fn key(&self) -> &str {
        match self {
            Self::Field(key) | Self::Summary(key) => key,
            Self::FamilyName | Self::GivenName => "full_name",
        }
    }
}

/// One column that can be imported and exported.
#[derive(Debug, Clone)]
pub struct Column {
    /// The key: a field's, or a field's with a part (`house_granted.type`).
    pub key: String,
    /// The field.
    pub field: &'static Field,
    /// The part of a compound field.
    pub part: Option<Part>,
    /// Whether it is a summary that is computed from rows.
    pub summary: bool,
}

impl Column {
    /// The header.
    pub fn label(&self, lang: Lang) -> String {
        match &self.part {
            Some(part) => format!("{}: {}", self.field.label(lang), part.label(lang)),
            None => self.field.label(lang).to_owned(),
        }
    }

    /// What a cell of this column fills.
    pub fn target(&self) -> Target {
        if self.summary {
            Target::Summary(self.key.clone())
        } else {
            Target::Field(self.key.clone())
        }
    }
}

/// Fields that no spreadsheet may set: ids, files, marks of the program itself.
const NOT_IMPORTED: [&str; 5] =
    ["record_id", "photo", "planned_titles", "verified_by", "last_national_sync"];

/// What stands first, because a person must recognise the row; the rest follows the form.
const FIRST: [&str; 8] = [
    "full_name",
    "person_id_no",
    "birth_date",
    "sex",
    "staff_code",
    "current_title",
    "highest_qualification",
    "political_theory",
];

/// Every column, in the order of the template.
pub fn columns() -> &'static [Column] {
    static COLUMNS: OnceLock<Vec<Column>> = OnceLock::new();
    COLUMNS.get_or_init(|| {
        let mut all: Vec<Column> = schema().fields.iter().flat_map(columns_of).collect();
        let place = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
        all.sort_by_key(|column| place(&column.key));
        all
    })
}

/// A column by its key.
pub fn column(key: &str) -> Option<&'static Column> {
    static INDEX: OnceLock<BTreeMap<&'static str, &'static Column>> = OnceLock::new();
    INDEX.get_or_init(|| columns().iter().map(|c| (c.key.as_str(), c)).collect()).get(key).copied()
}

fn columns_of(field: &'static Field) -> Vec<Column> {
    let summary = field.computed && is_summary_field(&field.key);
    let skipped = NOT_IMPORTED.contains(&field.key.as_str())
        || (field.computed && !summary)
        || matches!(field.kind, Kind::Uuid | Kind::Blob | Kind::DateTime);
    if skipped {
        return Vec::new();
    }
    match &field.kind {
        Kind::Object(parts) => parts
            .iter()
            .map(|part| Column {
                key: format!("{}{}", field.key, part.suffix),
                field,
                part: Some(part.clone()),
                summary,
            })
            .collect(),
        _ => vec![Column { key: field.key.clone(), field, part: None, summary }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_people_fill_in_has_a_column() {
        let keys: Vec<&str> = columns().iter().map(|column| column.key.as_str()).collect();
        assert_eq!(keys[..2], ["full_name", "person_id_no"]);
        for key in ["birth_place", "policy_category", "it_level", "salary_coefficient"] {
            assert!(keys.contains(&key), "{key}");
        }
        for key in ["record_id", "is_leader", "retire_date_due", "photo"] {
            assert!(!keys.contains(&key), "{key}");
        }
        assert!(keys.len() > 85, "{}", keys.len());
        assert!(columns().iter().any(|column| column.key.starts_with("house_granted.")));
    }

    #[test]
    fn no_two_columns_have_the_same_header() {
        for lang in [Lang::Vi, Lang::En] {
            let labels: std::collections::BTreeSet<String> =
                columns().iter().map(|column| column.label(lang)).collect();
            assert_eq!(labels.len(), columns().len());
        }
    }
}
